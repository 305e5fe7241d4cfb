//! Suggestions for a misspelt word.

/// Names the nearest of the known words, or all of them if none is near.
pub(super) fn did_you_mean(word: &str, known: &[&str], otherwise: &str) -> String {
    nearest(word, known).unwrap_or_else(|| format!("{otherwise} {}", quoted(known)))
}

/// Names the nearest of the known words, if any is near.
pub(crate) fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let near = near(word, known, 1);
    near.first()
        .map(|nearest| format!("did you mean `{nearest}`?"))
}

/// Returns the known words that are near a word, the nearest first.
pub(super) fn near<'a>(word: &str, known: &[&'a str], most: usize) -> Vec<&'a str> {
    const LIKENESS: f32 = 0.6;
    let lower = word.to_lowercase();
    let same = known
        .iter()
        .find(|candidate| candidate.to_lowercase() == lower);
    match same {
        Some(same) => vec![*same],
        None => similar::get_close_matches(word, known, most, LIKENESS),
    }
}

/// Lists words, each in backticks.
pub(super) fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
