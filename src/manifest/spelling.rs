//! Suggestions for a misspelt word.

/// Names the nearest of the known words, or all of them when none is near.
pub(super) fn did_you_mean(word: &str, known: &[&str], otherwise: &str) -> String {
    nearest(word, known).unwrap_or_else(|| format!("{otherwise} {}", quoted(known)))
}

/// Names the nearest of the known words, if any is near.
pub(crate) fn nearest(word: &str, known: &[&str]) -> Option<String> {
    const LIKENESS: f32 = 0.6;
    let lower = word.to_lowercase();
    known
        .iter()
        .find(|candidate| candidate.to_lowercase() == lower)
        .or_else(|| {
            let near = similar::get_close_matches(word, known, 1, LIKENESS);
            known.iter().find(|candidate| near.contains(candidate))
        })
        .map(|nearest| format!("did you mean `{nearest}`?"))
}

/// Lists words, each in backticks.
pub(super) fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
