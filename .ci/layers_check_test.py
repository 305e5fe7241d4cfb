"""Shows on small made-up crates what `layers_check.py` refuses, and what it does not."""

import tempfile
import unittest
from pathlib import Path

from layers_check import Refused, check

LIB = """//! A made-up crate.
//!
//! # Layers
//!
//! - `low`: what the others use
//! - `high`
//!
//! # Something else
//!
//! - `other`
mod high;
mod low;
"""


def refused(**files: str) -> list[str]:
    """Checks a crate with these files. In their names `__` means a slash; without one, `lib.rs` is the one above."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {"lib": LIB, "low": "", "high": "", **files}.items():
            path = root / "src" / f"{name.replace('__', '/')}.rs"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return check(root / "src", "made_up", root)[0]


def circle(*steps: str) -> str:
    lines = ["files import each other in a circle; move what they share into a file below them:", *steps]
    return "\n  ".join(lines)


class Upwards(unittest.TestCase):
    REASON = "of src/high.rs: `high` is above `low`"

    def test_an_import_of_a_lower_module_is_fine(self):
        self.assertEqual(refused(high="use crate::low::Thing;", low="pub struct Thing;"), [])

    def test_an_import_of_a_higher_module_is_refused_with_its_place(self):
        found = refused(high="pub struct Thing;\npub fn go() {}", low="\nuse crate::high::{\n    Thing, go as start,\n};")
        self.assertEqual(
            found,
            [f"src/low.rs:3: imports `crate::high::{item}` {self.REASON}" for item in ("Thing", "go")],
        )

    def test_a_path_in_the_code_counts_as_an_import(self):
        for path in ("crate::high::go()", "super::high::go()", "{ use super::high; high::go() }", "$crate::high::go()"):
            found = refused(high="pub fn go() {}", low=f"fn f() {{ {path} }}")
            self.assertEqual(len(found), 1, path)
            self.assertIn(self.REASON, found[0])

    def test_a_path_in_a_nested_module_counts(self):
        found = refused(high="pub fn go() {}", low="mod a { mod b { fn f() { super::super::super::high::go() } } }")
        self.assertEqual(found, [f"src/low.rs:1: imports `super::super::super::high::go` {self.REASON}"])

    def test_comments_texts_and_tests_do_not_count(self):
        low = """
        //! Not `crate::high::go()`.
        /* crate::high::go() */
        fn f() -> &'static str { r#"crate::high::go()"# }
        #[cfg(test)]
        use crate::high::go;
        #[cfg(all(test, feature = "a"))]
        fn g<A, B>(a: A, b: B) { crate::high::go() }
        #[cfg(any(test, fuzzing))]
        mod tests { use super::super::high::go; }
        """
        self.assertEqual(refused(high="pub fn go() {}", low=low), [])

    def test_code_that_only_a_feature_compiles_counts(self):
        for condition in ('feature = "a"', 'any(feature = "a", test)', "not(test)"):
            found = refused(high="pub fn go() {}", low=f"#[cfg({condition})]\nuse crate::high::go;")
            self.assertEqual(found, [f"src/low.rs:2: imports `crate::high::go` {self.REASON}"])

    def test_nothing_is_above_an_item_of_the_root(self):
        found = refused(lib=LIB + "pub struct Whole;", high="use crate::Whole;")
        self.assertEqual(
            found, ["src/high.rs:1: imports `crate::Whole` of src/lib.rs: `the root of the crate` is above `high`"]
        )

    def test_a_name_of_another_crate_is_no_import(self):
        self.assertEqual(refused(low="use high_and_low::Thing;\nuse ::serde::de;\nfn f() { std::mem::drop(1) }"), [])

    def test_modules_of_one_layer_may_use_each_other(self):
        lib = LIB.replace("//! - `low`: what the others use\n//! - `high`\n", "//! - `low`, `high`: both\n")
        self.assertEqual(refused(lib=lib, high="pub fn go() {}", low="use crate::high::go;"), [])

    def test_a_part_of_a_module_can_be_in_a_lower_layer(self):
        lib = LIB.replace("//! - `low`", "//! - `high::part`\n//! - `low`")
        files = {"lib": lib, "high": "pub mod part;", "high__part": "pub fn go() {}"}
        self.assertEqual(refused(**files, low="use crate::high::part::go;"), [])
        self.assertEqual(
            refused(**{**files, "high__part": "use crate::low::Thing;"}, low="pub struct Thing;"),
            ["src/high/part.rs:1: imports `crate::low::Thing` of src/low.rs: `low` is above `high::part`"],
        )

    def test_the_list_has_each_module_once(self):
        lib = LIB.replace("//! - `high`\n", "//! - `low`\n//! - `gone`\n")
        self.assertEqual(
            refused(lib=lib),
            [
                "src/lib.rs: `high` is not in the list of layers",
                "src/lib.rs: the list of layers has `low` more than once",
                "src/lib.rs: the list of layers has `gone`, which is not a module",
            ],
        )

    def test_a_module_that_is_not_in_the_list_is_reported_once(self):
        lib = LIB.replace("//! - `high`\n", "")
        found = refused(lib=lib, high="use crate::low::Low;\npub fn go() {}", low="pub struct Low;\nfn f() { crate::high::go() }")
        self.assertEqual(found[0], "src/lib.rs: `high` is not in the list of layers")
        self.assertFalse([line for line in found if "is above" in line])

    def test_a_crate_without_the_list_is_refused(self):
        with self.assertRaisesRegex(Refused, "no heading `# Layers`"):
            refused(lib="mod high;\nmod low;")


class Circles(unittest.TestCase):
    def test_an_index_does_not_import_what_it_reexports(self):
        low = "//! An index.\nmod a;\nmod b;\npub use self::a::A;\npub use self::b::B;"
        self.assertEqual(refused(low=low, low__a="pub struct A;", low__b="use super::A;\npub struct B(A);"), [])

    def test_a_child_that_imports_an_item_of_its_parent_is_refused(self):
        low = "mod a;\npub use self::a::A;\npub const SIZE: usize = 1;"
        self.assertEqual(
            refused(low=low, low__a="use super::SIZE;\npub struct A([u8; SIZE]);"),
            [
                circle(
                    "src/low/a.rs:1: imports `super::SIZE` of src/low.rs",
                    "src/low.rs:2: imports `self::a::A` of src/low/a.rs",
                )
            ],
        )

    def test_a_circle_through_an_index_is_refused(self):
        low = "mod a;\nmod b;\npub use self::a::A;\npub use self::b::*;"
        found = refused(low=low, low__a="pub struct A(super::B);", low__b="use crate::low::A;\npub struct B(A);")
        self.assertEqual(
            found,
            [
                circle(
                    "src/low/a.rs:1: imports `super::B` of src/low/b.rs",
                    "src/low/b.rs:1: imports `crate::low::A` of src/low/a.rs",
                )
            ],
        )

    def test_a_circle_of_three_is_reported_once(self):
        low = "mod a;\nmod b;\nmod c;"
        files = {f"low__{x}": f"use super::{y}::{y.upper()};\npub struct {x.upper()};" for x, y in ("ab", "bc", "ca")}
        self.assertEqual(
            refused(low=low, **files),
            [
                circle(
                    "src/low/a.rs:1: imports `super::b::B` of src/low/b.rs",
                    "src/low/b.rs:1: imports `super::c::C` of src/low/c.rs",
                    "src/low/c.rs:1: imports `super::a::A` of src/low/a.rs",
                )
            ],
        )

    def test_a_circle_that_an_import_upwards_closes_is_reported_as_that_import_only(self):
        found = refused(low="use crate::high::High;\npub struct Low;", high="use crate::low::Low;\npub struct High;")
        self.assertEqual(found, ["src/low.rs:1: imports `crate::high::High` of src/high.rs: `high` is above `low`"])

    def test_modules_of_one_file_are_no_circle(self):
        self.assertEqual(refused(low="pub struct A(b::B);\nmod b { pub struct B(super::A); }"), [])

    def test_the_program_is_above_its_library(self):
        self.assertEqual(refused(main="use made_up::low::A;\nfn main() {}", low="pub struct A;"), [])


if __name__ == "__main__":
    unittest.main()
