use crate::eligible::visit;
use crate::fakes::{Town, company, plumber};
use crate::refused;
use contract_vendors::{VendorFault, Vendors as _};
use kernel::access::Role;
use kernel::{Failure, VendorId};

#[tokio::test]
async fn a_vendor_is_enrolled_once_with_its_owner_and_its_account() {
    let town = Town::start().await;
    let command = company(1);
    let id = town.vendors.enrol_vendor(command.clone()).await.unwrap();
    assert_eq!(
        town.vendors.enrol_vendor(command.clone()).await.unwrap(),
        id
    );
    let card = town.vendors.vendor(id).await.unwrap();
    assert!(card.active && card.vat_registered);
    assert_eq!(card.commission_basis_points, 1500);
    let enrolled = town.identity.enrolled();
    assert_eq!(enrolled.len(), 1, "a finished enrolment asks nobody again");
    assert_eq!(enrolled[0].role, Role::VendorOwner);
    assert_eq!(enrolled[0].scope.vendor, Some(id));
    let payees = town.settlement.payees();
    assert_eq!(payees.len(), 1);
    assert_eq!((payees[0].vendor, &payees[0].iban), (id, &command.iban));

    // The registration with another owner, and the owner with another registration.
    let mut other = company(2);
    other.registration.clone_from(&command.registration);
    assert_eq!(
        refused(town.vendors.enrol_vendor(other).await),
        VendorFault::RegistrationTaken
    );
    let mut other = company(3);
    other.owner_phone = command.owner_phone.clone();
    assert_eq!(
        refused(town.vendors.enrol_vendor(other).await),
        VendorFault::PhoneTaken
    );
    let mut bad = company(4);
    bad.iban = "SA0380000000608010167518".into();
    assert_eq!(
        refused(town.vendors.enrol_vendor(bad).await),
        VendorFault::BadIban
    );
    let nobody = town.vendors.vendor(VendorId::new()).await;
    assert_eq!(refused(nobody), VendorFault::UnknownVendor);
}

#[tokio::test]
async fn the_same_registration_enrolled_by_many_at_once_is_one_vendor() {
    let town = Town::start().await;
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let vendors = town.vendors.clone();
        tasks.push(tokio::spawn(async move {
            vendors.enrol_vendor(company(1)).await
        }));
    }
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let rows: i64 =
        sqlx::query_scalar("select count(*) from vendors.vendors where status = 'active'")
            .fetch_one(&town.t.platform.db)
            .await
            .unwrap();
    assert_eq!(rows, 1);
    let payees = town.settlement.payees();
    assert!(payees.iter().all(|payee| payee.vendor == ids[0]));
}

#[tokio::test]
async fn an_enrolment_that_broke_off_goes_on_when_repeated() {
    let town = Town::start().await;
    town.settlement.fail_next();
    let failed = town.vendors.enrol_vendor(company(1)).await;
    assert!(matches!(failed, Err(Failure::Unavailable(_))), "{failed:?}");
    let unfinished = town.identity.enrolled()[0].scope.vendor.unwrap();
    assert!(!town.vendors.vendor(unfinished).await.unwrap().active);
    let early = town.vendors.enrol_technician(plumber(unfinished, 1)).await;
    assert_eq!(refused(early), VendorFault::NotActive);

    let id = town.vendors.enrol_vendor(company(1)).await.unwrap();
    assert_eq!(id, unfinished, "the id in the owner's token stays right");
    assert!(town.vendors.vendor(id).await.unwrap().active);

    town.identity.fail_next();
    let failed = town.vendors.enrol_technician(plumber(id, 1)).await;
    assert!(matches!(failed, Err(Failure::Unavailable(_))), "{failed:?}");
    let noon = visit("2026-12-06T09:00:00Z", "2026-12-06T10:00:00Z");
    assert!(
        town.vendors
            .eligible(noon.clone())
            .await
            .unwrap()
            .is_empty()
    );
    let technician = town.vendors.enrol_technician(plumber(id, 1)).await.unwrap();
    assert_eq!(
        town.vendors.enrol_technician(plumber(id, 1)).await.unwrap(),
        technician
    );
    let found = town.vendors.eligible(noon).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id, found[0].vendor), (technician, id));
    let told = town.identity.enrolled();
    assert_eq!(told.last().unwrap().scope.technician, Some(technician));
}

#[tokio::test]
async fn a_phone_belongs_to_one_vendor() {
    let town = Town::start().await;
    let a = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let b = town.vendors.enrol_vendor(company(2)).await.unwrap();
    town.vendors.enrol_technician(plumber(a, 1)).await.unwrap();
    let again = town.vendors.enrol_technician(plumber(b, 1)).await;
    assert_eq!(refused(again), VendorFault::PhoneTaken);
    let mut rival = plumber(b, 2);
    rival.phone = company(1).owner_phone;
    assert_eq!(
        refused(town.vendors.enrol_technician(rival).await),
        VendorFault::PhoneTaken
    );
    // An owner may work for their own vendor.
    let mut own = plumber(a, 2);
    own.phone = company(1).owner_phone;
    town.vendors.enrol_technician(own).await.unwrap();
    let mut owner = company(3);
    owner.owner_phone = plumber(a, 1).phone;
    assert_eq!(
        refused(town.vendors.enrol_vendor(owner).await),
        VendorFault::PhoneTaken
    );
    let nowhere = town
        .vendors
        .enrol_technician(plumber(VendorId::new(), 9))
        .await;
    assert_eq!(refused(nowhere), VendorFault::UnknownVendor);
}
