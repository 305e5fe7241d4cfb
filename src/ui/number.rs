//! Numbers with their nouns and units.

use std::time::Duration;

/// Returns a count with its noun, whose plural ends in `s`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// Returns a duration, rounded for people: `0.31 s`, `12.4 s`, `3 min 05 s`.
pub fn lasting(duration: Duration) -> String {
    // Round before choosing the form, so that the result is never `60.0 s`.
    let tenths = (duration.as_millis() + 50) / 100;
    if duration < Duration::from_secs(1) {
        format!("{:.2} s", duration.as_secs_f64())
    } else if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        let seconds = (duration.as_millis() + 500) / 1000;
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_of_its_size() {
        let answer =
            [0, 310, 1_249, 59_940, 59_960, 185_000].map(|ms| lasting(Duration::from_millis(ms)));
        assert_eq!(
            answer,
            [
                "0.00 s",
                "0.31 s",
                "1.2 s",
                "59.9 s",
                "1 min 00 s",
                "3 min 05 s"
            ]
        );
    }
}
