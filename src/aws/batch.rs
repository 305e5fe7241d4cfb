//! Runs calls concurrently, up to a limit.

use std::future::Future;

use futures::StreamExt;

/// The number of resources of a kind that are read at a time.
const CONCURRENCY: usize = 16;

/// Runs the futures, a limited number of them at a time, and returns their results in the order of the futures.
pub async fn concurrently<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    // Collected first: a stream that creates futures from borrowed items cannot be shown to be `Send`.
    let futures: Vec<F> = futures.into_iter().collect();
    futures::stream::iter(futures)
        .buffered(CONCURRENCY)
        .collect()
        .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answers_keep_their_order_and_no_more_than_the_bound_run_at_once() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let answers = concurrently((0..40_u64).map(async |n| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100 - n)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            n
        }))
        .await;
        assert_eq!(answers, (0..40).collect::<Vec<u64>>());
        assert_eq!(most.into_inner(), CONCURRENCY);
    }
}
