//! How each operation may refuse, by what it is: what guards it, what it takes, whether it changes
//! anything. A handler says `default` for "it refuses", and names a status itself only where its
//! nature doesn't tell, such as a sign-in that answers 401.

use super::PROBLEM;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement,
};

/// A status, the name its answer has among the components, and when it comes.
type Refusal = (u16, &'static str, &'static str);

const UNREADABLE: Refusal = (400, "Unreadable", "It can't be read");
const SIGN_IN: Refusal = (401, "SignIn", "No session, or one that has ended");
const NOT_ALLOWED: Refusal = (
    403,
    "NotAllowed",
    "Not for this role, or not without a fresh proof",
);
const NOT_FOUND: Refusal = (
    404,
    "NotFound",
    "It is not there, or not for the caller to see",
);
const TOO_SLOW: Refusal = (
    408,
    "TooSlow",
    "The body did not arrive in the time allowed",
);
const CONFLICT: Refusal = (409, "Conflict", "As things are now it can't be done");
const TOO_LARGE: Refusal = (413, "TooLarge", "The body is larger than allowed");
const NOT_VALID: Refusal = (
    422,
    "NotValid",
    "A value is wrong: `errors` names its field",
);
const TOO_MANY: Refusal = (
    429,
    "TooMany",
    "Too many requests; `Retry-After` says when again",
);
const OUR_MISTAKE: Refusal = (500, "OurMistake", "A mistake of ours; nothing was changed");
const UNAVAILABLE: Refusal = (503, "Unavailable", "What it depends on does not answer");
const TIMED_OUT: Refusal = (504, "TimedOut", "It took too long");

const ALL: [Refusal; 12] = [
    UNREADABLE,
    SIGN_IN,
    NOT_ALLOWED,
    NOT_FOUND,
    TOO_SLOW,
    CONFLICT,
    TOO_LARGE,
    NOT_VALID,
    TOO_MANY,
    OUR_MISTAKE,
    UNAVAILABLE,
    TIMED_OUT,
];

/// Puts the refusals of its kind in the place of every operation's `default`.
pub fn name_refusals(openapi: &mut OpenApi) {
    let components = openapi.components.get_or_insert_default();
    for (_, name, when) in ALL {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .build();
        let refusal = ResponseBuilder::new()
            .description(when)
            .content(PROBLEM, content)
            .build();
        components
            .responses
            .insert(name.to_owned(), RefOr::T(refusal));
    }
    for item in openapi.paths.paths.values_mut() {
        for (operation, unsafe_) in [
            (&mut item.get, false),
            (&mut item.put, true),
            (&mut item.post, true),
            (&mut item.patch, true),
            (&mut item.delete, true),
        ] {
            if let Some(operation) = operation {
                name(operation, unsafe_);
            }
        }
    }
}

fn name(operation: &mut Operation, unsafe_: bool) {
    let refusals = of(operation, unsafe_);
    let responses = &mut operation.responses.responses;
    if responses.remove("default").is_none() {
        return;
    }
    for (status, response) in responses.iter_mut() {
        if status.starts_with(['4', '5'])
            && let RefOr::T(response) = response
        {
            say_problem(response);
        }
    }
    for (status, name, _) in refusals {
        responses
            .entry(status.to_string())
            .or_insert_with(|| Ref::from_response_name(name).into());
    }
}

fn of(operation: &Operation, unsafe_: bool) -> Vec<Refusal> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let takes = |place: ParameterIn| {
        let given = |one: &RefOr<Parameter>| matches!(one, RefOr::T(p) if p.parameter_in == place);
        parameters.iter().any(given)
    };
    let guarded = operation
        .security
        .iter()
        .flatten()
        .any(|one| *one != SecurityRequirement::default());
    let body = operation.request_body.is_some();
    let input = body || takes(ParameterIn::Path) || takes(ParameterIn::Query);

    let mut refusals = vec![TOO_MANY, OUR_MISTAKE, UNAVAILABLE, TIMED_OUT];
    if guarded {
        refusals.extend([SIGN_IN, NOT_ALLOWED]);
    }
    // Somebody's account may be gone, too.
    if guarded || input {
        refusals.push(NOT_FOUND);
    }
    if input || unsafe_ {
        refusals.extend([UNREADABLE, NOT_VALID]);
    }
    if body {
        refusals.extend([TOO_SLOW, TOO_LARGE]);
    }
    if unsafe_ {
        refusals.push(CONFLICT);
    }
    refusals
}

/// What describes a handler takes any body for plain JSON.
fn say_problem(response: &mut Response) {
    if let Some(content) = response.content.shift_remove("application/json") {
        response.content.insert(PROBLEM.to_owned(), content);
    }
}
