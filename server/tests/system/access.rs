//! Who may do what, over the whole API: the matrix of roles and operations is built from the types
//! in the handlers' signatures, reviewed as a snapshot, and then every cell of it is tried.

use crate::described::is_described;
use crate::openapi::document;
use crate::world::World;
use axum::body::Body;
use axum::http::{Method, Request, header};
use kernel::access::{Permission, Role, Scope};
use kernel::{BranchId, CorporateAccountId, TechnicianId, VendorId};
use platform::http::Access;
use platform::testing::actor;
use serde_json::Value;
use std::fmt::Write as _;
use tower::ServiceExt;

/// One operation of the API.
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub access: Access,
    /// The types of the ids in its path.
    pub ids: Vec<String>,
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
    pub fn permits(&self, role: Role) -> bool {
        match self.access {
            Access::Public => true,
            Access::Needs(permission) => role.permits(permission),
        }
    }
}

/// What an operation says of itself: nothing but one of the two is a decision.
fn access(security: &Value) -> Option<Access> {
    let [one] = security.as_array()?.as_slice() else {
        return None;
    };
    let one = one.as_object()?;
    if one.is_empty() {
        return Some(Access::Public);
    }
    let [needed] = one.get("bearer")?.as_array()?.as_slice() else {
        return None;
    };
    let known = |permission: &&Permission| Some(permission.as_str()) == needed.as_str();
    Permission::ALL
        .iter()
        .find(known)
        .copied()
        .map(Access::Needs)
}

pub async fn operations() -> Vec<Operation> {
    let document = document().await;
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let access = access(&operation["security"]).unwrap_or_else(|| {
                panic!("nobody has decided who may call {method} {path}: {operation}")
            });
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let ids = parameters
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["schema"]["$ref"].as_str())
                .filter_map(|kind| kind.rsplit('/').next())
                .filter(|kind| kind.ends_with("Id"))
                .map(str::to_owned);
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                access,
                ids: ids.collect(),
            });
        }
    }
    operations
}

fn matrix(operations: &[Operation]) -> String {
    let mut out = String::from(
        "Who may call what. all: every record · own, vendor, technician, zones, account, branch: \
         those records, others do not exist (404) · -: refused (403) · public: without a token.\n\n",
    );
    let short = |text: &str| text.chars().take(10).collect::<String>();
    write!(out, "{:<57}{:<19} ", "operation", "permission").unwrap();
    for role in Role::ALL {
        write!(out, "{:<11}", short(role.as_str())).unwrap();
    }
    for operation in operations {
        out.truncate(out.trim_end().len());
        let needed = match operation.access {
            Access::Public => "public",
            Access::Needs(permission) => permission.as_str(),
        };
        write!(out, "\n{:<57}{needed:<19} ", operation.name()).unwrap();
        for role in Role::ALL {
            let cell = match operation.access {
                Access::Public => "public",
                Access::Needs(permission) => {
                    permission.reach(*role).map_or("-", |reach| reach.as_str())
                }
            };
            write!(out, "{cell:<11}").unwrap();
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[tokio::test]
async fn every_operation_is_decided_and_the_matrix_is_as_reviewed() {
    let operations = operations().await;
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("access", matrix(&operations));
    });
    // Separation of duties, over all that there is.
    for operation in &operations {
        let name = operation.name();
        let apart = [
            "/v1/payouts",
            "/v1/ledger",
            "/v1/uploads",
            "/v1/vendors",
            "/v1/bookings",
            "/v1/staff/bookings",
            "/v1/audit",
            "/v1/bank-account-changes",
            "/v1/corporate-accounts",
            "/v1/company",
        ];
        if apart.iter().any(|part| operation.path.starts_with(part)) {
            assert!(
                !operation.permits(Role::Administrator),
                "an administrator has no money and no documents: {name}"
            );
        }
        let own = matches!(
            operation.access,
            Access::Public | Access::Needs(Permission::ProfileRead)
        );
        // Says which job one looks at, and is forgotten in a minute.
        let presence = operation.path == "/v1/staff/presence";
        if operation.method != Method::GET && !own && !presence {
            assert!(
                !operation.permits(Role::Auditor),
                "an auditor changes nothing: {name}"
            );
        }
        // A company's people have nothing but their company and themselves.
        let corporate = Role::ALL.iter().filter(|role| role.is_corporate());
        for role in corporate.filter(|_| !own) {
            assert!(
                !operation.permits(*role) || operation.path.starts_with("/v1/company"),
                "{role:?} has nothing there: {name}"
            );
        }
        let money = ["/v1/payouts", "/v1/ledger"];
        if money.iter().any(|part| operation.path.starts_with(part)) {
            for role in Role::ALL {
                let may = operation.permits(*role);
                let reads = *role == Role::Auditor && operation.method == Method::GET;
                assert_eq!(
                    may,
                    *role == Role::FinanceOfficer || reads,
                    "{role:?}: {name}"
                );
            }
        }
    }
}

/// A path with ids that nothing has.
fn somewhere(operation: &Operation) -> String {
    let mut path = String::new();
    let mut parts = operation.path.split('{');
    path.push_str(parts.next().unwrap_or_default());
    let mut ids = operation.ids.iter();
    for part in parts {
        let (_, rest) = part.split_once('}').unwrap();
        path.push_str(
            &ids.next()
                .map_or("nothing".to_owned(), |kind| nobodys(kind)),
        );
        path.push_str(rest);
    }
    path
}

fn nobodys(kind: &str) -> String {
    let prefix = match kind {
        "AlarmId" => kernel::AlarmId::PREFIX,
        "BankAccountChangeId" => kernel::BankAccountChangeId::PREFIX,
        "BookingId" => kernel::BookingId::PREFIX,
        "BranchId" => kernel::BranchId::PREFIX,
        "CardId" => kernel::CardId::PREFIX,
        "CorporateAccountId" => kernel::CorporateAccountId::PREFIX,
        "ExtraCostId" => kernel::ExtraCostId::PREFIX,
        "JobId" => kernel::JobId::PREFIX,
        "MessageId" => kernel::MessageId::PREFIX,
        "OfferId" => kernel::OfferId::PREFIX,
        "PayoutBatchId" => kernel::PayoutBatchId::PREFIX,
        "QuoteId" => kernel::QuoteId::PREFIX,
        "SavedPlaceId" => kernel::SavedPlaceId::PREFIX,
        "UploadId" => kernel::UploadId::PREFIX,
        "UserId" => kernel::UserId::PREFIX,
        "VendorId" => kernel::VendorId::PREFIX,
        // What is not an id at all is refused like one that nothing has.
        _ => "id",
    };
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

#[derive(Debug, PartialEq, Eq)]
enum Met {
    /// Sign in first.
    Stopped,
    Forbidden,
    /// Whatever comes of it.
    LetIn,
}

/// Asks without a key and with an empty body, so that nothing is changed by being let in.
async fn knock(w: &World, operation: &Operation, token: Option<&str>) -> (Met, String) {
    let mut request = Request::builder()
        .method(operation.method.clone())
        .uri(somewhere(operation))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from("{}")).unwrap();
    let response = w.app.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    assert!(!status.is_server_error(), "{}: {status}", operation.name());
    is_described(&operation.method, &operation.path, status).await;
    // A stream that is let in has no end; what is refused is a small problem.
    let code = if status.is_client_error() {
        let bytes = axum::body::to_bytes(response.into_body(), 64 * 1024)
            .await
            .unwrap();
        let problem: Value = serde_json::from_slice(&bytes).unwrap();
        problem["code"].as_str().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    let met = match (status.as_u16(), code.as_str()) {
        (401, "http.unauthenticated") => Met::Stopped,
        (403, "http.forbidden") => Met::Forbidden,
        _ => Met::LetIn,
    };
    (met, format!("{status} {code}"))
}

#[tokio::test]
async fn every_cell_of_the_matrix_is_as_it_says() {
    let w = World::start().await;
    let before = w.rows().await;
    let mut wrong = Vec::new();
    let mut cells = 0;
    for operation in operations().await {
        let public = operation.access == Access::Public;
        // Public by its own proof: a browser's cookie ends the session, else the token does.
        let proves_itself = operation.name() == "DELETE /v1/auth/sessions/current";
        let mut expect = |who: &str, wanted: Met, (met, answer): (Met, String)| {
            cells += 1;
            if met != wanted {
                wrong.push(format!("{who}: {}: {answer}", operation.name()));
            }
        };
        let wanted = match public && !proves_itself {
            true => Met::LetIn,
            false => Met::Stopped,
        };
        expect("nobody", wanted, knock(&w, &operation, None).await);
        // Signed in, and nothing at all.
        let mut person = actor(Role::Customer);
        person.roles.clear();
        let (token, _) = w.app.platform.tokens.sign(&person, w.now()).unwrap();
        let wanted = match public && !proves_itself {
            true => Met::LetIn,
            false => Met::Forbidden,
        };
        expect("no role", wanted, knock(&w, &operation, Some(&token)).await);
        for role in Role::ALL {
            let mut person = actor(*role);
            person.scope = Scope {
                vendor: matches!(role, Role::VendorOwner | Role::Technician).then(VendorId::new),
                technician: (*role == Role::Technician).then(TechnicianId::new),
                account: role.is_corporate().then(CorporateAccountId::new),
                branch: (*role == Role::BranchManager).then(BranchId::new),
                zones: None,
            };
            let (token, _) = w.app.platform.tokens.sign(&person, w.now()).unwrap();
            let wanted = if operation.permits(*role) {
                Met::LetIn
            } else {
                Met::Forbidden
            };
            let met = knock(&w, &operation, Some(&token)).await;
            expect(role.as_str(), wanted, met);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(cells > 1_000, "only {cells} cells were tried");
    assert_eq!(w.rows().await, before, "knocking left something behind");
    w.finish().await;
}
