//! Client tokens: a request that comes again is answered as before and done once.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refusal::invalid;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::entropy::hash;
use crate::pattern::Pattern;
use crate::validate::Checks;

/// How long a token is known: a guess, the model says nothing.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

static TOKEN: Pattern = Pattern::new("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,256}");

/// The tokens of the requests that made or changed something. Guess: they are forgotten when it is gone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    /// By operation and token.
    answered: BTreeMap<String, Answered>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    request: String,
    answer: Value,
    at: Timestamp,
}

/// A request as far as its token is concerned.
#[derive(Debug)]
pub(super) struct Request {
    key: Option<String>,
    digest: String,
}

impl Request {
    /// Digests what a request asks for.
    pub(super) fn new(call: &Call<'_>, token: Option<&str>, asked: &impl Serialize) -> Self {
        let asked = serde_json::to_vec(asked).expect("requests are structs of texts and numbers");
        Self {
            key: token.map(|token| format!("{} {token}", call.operation.name)),
            digest: hex::encode(hash(&[&asked])),
        }
    }

    /// Makes that of a deletion: with a known token it is ignored, whatever it asks for (`DeleteAgentRuntimeRequest`, `clientToken`).
    pub(super) fn of_deletion(call: &Call<'_>, token: Option<&str>) -> Self {
        Self::new(call, token, &())
    }
}

impl Tokens {
    /// Gives the answer that the request had before, if it was made.
    pub(super) fn replay(
        &self,
        call: &Call<'_>,
        request: &Request,
    ) -> Result<Option<Answer>, Refusal> {
        let before = request.key.as_ref().and_then(|key| self.answered.get(key));
        match before {
            Some(before) if call.now.duration_since(before.at) > LIFE => Ok(None),
            Some(before) if before.request == request.digest => Ok(Some(accepted(&before.answer))),
            // The reason is in the model (`ValidationExceptionReason`). Guess: the sentence.
            Some(_) => Err(
                invalid("The client token was used before with other parameters.")
                    .member("reason", "IdempotentParameterMismatchException"),
            ),
            None => Ok(None),
        }
    }

    /// Notes what a request was answered.
    pub(super) fn note(&mut self, call: &Call<'_>, request: Request, answer: &Value) {
        self.answered
            .retain(|_, before| call.now.duration_since(before.at) <= LIFE);
        if let Some(key) = request.key {
            let answered = Answered {
                request: request.digest,
                answer: answer.clone(),
                at: call.now,
            };
            self.answered.insert(key, answered);
        }
    }
}

/// Checks a token against the model.
pub(super) fn check(checks: &mut Checks, token: Option<&str>) {
    if let Some(token) = token {
        checks
            .length("clientToken", token, &(33..=256))
            .pattern("clientToken", token, &TOKEN);
    }
}

/// Answers what was accepted and goes on.
pub(super) fn accepted(answer: &Value) -> Answer {
    Answer::json(answer).status(StatusCode::ACCEPTED)
}
