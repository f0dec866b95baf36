//! Who may call an operation: said by a type in the handler's signature, demanded by the compiler
//! where the route is made, and written from there into the description of the API.

use super::{Permit, Proof};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::access::{Grant, Permission};
use std::convert::Infallible;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::security::SecurityRequirement;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a token.
    Public,
    /// Whoever holds this permission.
    Needs(Permission),
}

/// For an operation that anybody may call: said aloud, so that it is never an oversight. What
/// proves itself by a secret of its own (a webhook) is public here.
#[derive(Debug, Clone, Copy)]
pub struct Public;

impl<S: Send + Sync> FromRequestParts<S> for Public {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// An argument of a handler that decides who may call it.
pub trait Decision {
    const ACCESS: Access;
}
impl<G: Grant, P: Proof> Decision for Permit<G, P> {
    const ACCESS: Access = Access::Needs(G::PERMISSION);
}
impl Decision for Public {
    const ACCESS: Access = Access::Public;
}

/// A handler whose second argument, after the state and before anything that can refuse, decides
/// who may call it.
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    note = "its arguments begin with the state and `Permit<may::…>`, or the state and `Public`"
)]
pub trait Decided<Args> {
    const ACCESS: Access;
}

macro_rules! decided {
    ($($more:ident),*) => {
        impl<F, R, S, D: Decision, $($more),*> Decided<(S, D, $($more,)*)> for F
        where
            F: FnOnce(S, D, $($more),*) -> R,
        {
            const ACCESS: Access = D::ACCESS;
        }
    };
}
decided!();
decided!(A);
decided!(A, B);
decided!(A, B, C);
decided!(A, B, C, E);
decided!(A, B, C, E, G);

/// Writes into the description of one route what its handler decides. `name` is the path of the
/// handler: its last part is the id of the operation.
pub fn describe<H: Decided<Args>, Args>(paths: &mut Paths, name: &str, _: &H) {
    let id = name.rsplit(':').next().unwrap_or(name).trim();
    let requirement = match H::ACCESS {
        Access::Public => SecurityRequirement::default(),
        // OpenAPI 3.1 lets a bearer scheme name what the bearer needs.
        Access::Needs(permission) => SecurityRequirement::new("bearer", [permission.as_str()]),
    };
    for operation in paths.paths.values_mut().flat_map(operations) {
        if operation.operation_id.as_deref() == Some(id) {
            operation.security = Some(vec![requirement.clone()]);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ]
    .into_iter()
    .flatten()
}

/// `utoipa_axum::routes!` for handlers that say who may call them; others do not compile.
#[macro_export]
macro_rules! routes {
    ($($($part:ident)::+),+ $(,)?) => {{
        let (schemas, mut paths, router) = ::utoipa_axum::routes!($($($part)::+),+);
        $($crate::http::describe(&mut paths, stringify!($($part)::+), &$($part)::+);)+
        (schemas, paths, router)
    }};
}
