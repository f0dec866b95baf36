//! Stand-ins for the modules below, which answer as the real ones do and remember what they were
//! told.

use async_trait::async_trait;
use bookings::{Below, BookingLimits, BookingSettings, Bookings};
use contract_catalog::{
    Catalog, CatalogFault, Category, ChecklistItem, LineKind, PriceLine, PriceQuery, Priced,
    Service,
};
use contract_dispatch::{Assignment, Dispatch, DispatchFault, DispatchRequest, Standing};
use contract_identity::{
    EnrolPhone, EnrolStaff, Identity, IdentityFault, LinkMember, Member, MemberLink, Person,
    SetMember,
};
use contract_location::{
    Leg, Location, LocationFault, Nearby, Place, Position, Report, Sector, Sightings,
    StreetAddress, Travel,
};
use contract_notify::{Contact, Notice, Notify, NotifyFault};
use contract_settlement::{
    CardMark, Hold, HoldStatus, PayWith, PlaceHold, ReleaseHolds, Remedy, Seller, SettleBooking,
    Settlement, SettlementFault, Statement,
};
use contract_sla::{
    Alarm, ClockCommand, ClockKind, ClockView, Promise, PromiseQuery, Sla, SlaFault, StartClocks,
};
use contract_vendors::{
    EligibleQuery, EnrolTechnician, EnrolVendor, TechnicianCard, VendorCard, VendorFault, Vendors,
};
use kernel::access::Role;
use kernel::{
    AlarmId, BookingId, CorporateAccountId, GeoPoint, HoldId, JobId, Lang, Money, Outcome, Phone,
    Slug, Subject, TechnicianId, Text, Time, UserId, VendorId, hours, minutes,
};
use platform::testing::TestPlatform;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// One black pixel.
pub const PNG: [u8; 67] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0,
    0, 0, 31, 21, 196, 137, 0, 0, 0, 10, 73, 68, 65, 84, 120, 156, 99, 0, 1, 0, 0, 5, 0, 1, 13, 10,
    45, 180, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

pub fn checklist() -> Value {
    json!({ "checklist": [{ "slug": "water-off", "done": true }] })
}

#[derive(Default)]
struct Memory {
    next_hold: Option<HoldStatus>,
    requests: usize,
    releases: usize,
    settled: usize,
    paid_with: Vec<PayWith>,
    captured_at: Option<Time>,
    prices: usize,
    assignments: HashMap<JobId, Assignment>,
    told: Vec<Notice>,
    known: Vec<UserId>,
}

/// All modules below in one.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Memory>>);

impl World {
    pub fn bookings(&self, t: &TestPlatform) -> Arc<Bookings> {
        let all = Arc::new(self.clone());
        let below = Below {
            identity: all.clone(),
            location: all.clone(),
            sla: all.clone(),
            settlement: all.clone(),
            notify: all.clone(),
            catalog: all.clone(),
            vendors: all.clone(),
            dispatch: all,
        };
        let settings = BookingSettings {
            return_url: "https://khidma.example/pay/return/".into(),
            limits: BookingLimits::default(),
        };
        Bookings::new(t.platform.clone(), below, settings)
    }
    pub fn next_hold(&self, status: HoldStatus) {
        self.0.lock().unwrap().next_hold = Some(status);
    }
    pub fn assign(&self, assignment: Assignment) {
        self.0
            .lock()
            .unwrap()
            .assignments
            .insert(assignment.job, assignment);
    }
    pub fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }
    pub fn releases(&self) -> usize {
        self.0.lock().unwrap().releases
    }
    pub fn paid_with(&self) -> Vec<PayWith> {
        self.0.lock().unwrap().paid_with.clone()
    }
    /// From now on the gateway has taken the money.
    pub fn captured(&self, at: Time) {
        self.0.lock().unwrap().captured_at = Some(at);
    }
    /// How often a price was asked for.
    pub fn prices(&self) -> usize {
        self.0.lock().unwrap().prices
    }
    /// Somebody whose account has a name and a telephone.
    pub fn know(&self, user: UserId) {
        self.0.lock().unwrap().known.push(user);
    }
    /// The codes that customers were told.
    pub fn codes(&self) -> Vec<String> {
        let memory = self.0.lock().unwrap();
        let codes = memory.told.iter().filter_map(|n| n.params.get("code"));
        codes.cloned().collect()
    }
    pub fn settled(&self) -> usize {
        self.0.lock().unwrap().settled
    }
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

#[async_trait]
impl Location for World {
    async fn locate(&self, point: GeoPoint) -> Outcome<Place, LocationFault> {
        if point.lat() < 24.5 {
            return Err(LocationFault::OutsideZones {
                nearest: slug("ar-rabi"),
                nearest_ar: "الربيع".into(),
                nearest_en: "Ar Rabi".into(),
                distance_m: 9000,
            }
            .into());
        }
        Ok(Place {
            point,
            cell: "88536a6e01fffff".into(),
            sector: slug("ar-rabi"),
            sector_name: Text::new("الربيع", "Ar Rabi"),
            zone: slug("north"),
            zone_name: Text::new("شمال الرياض", "North Riyadh"),
        })
    }
    async fn travel(&self, legs: Vec<Leg>, _: Time) -> Outcome<Vec<Travel>, LocationFault> {
        let travel = Travel {
            distance_m: 1000,
            seconds: 300,
        };
        Ok(vec![travel; legs.len()])
    }
    async fn nearby(
        &self,
        _: GeoPoint,
        _: u32,
        _: u32,
        _: Time,
    ) -> Outcome<Vec<Nearby>, LocationFault> {
        Ok(Vec::new())
    }
    async fn report(&self, _: Report) -> Outcome<(), LocationFault> {
        Ok(())
    }
    async fn positions(
        &self,
        _: Vec<TechnicianId>,
        _: Time,
    ) -> Outcome<Vec<Position>, LocationFault> {
        Ok(Vec::new())
    }
    async fn moved(&self, _: Option<String>, _: Time) -> Outcome<Sightings, LocationFault> {
        Ok(Sightings {
            mark: String::new(),
            whole: true,
            moved: vec![],
        })
    }
    async fn address(&self, _: GeoPoint, _: Lang) -> Outcome<Option<StreetAddress>, LocationFault> {
        Ok(None)
    }
    async fn sectors(&self) -> Outcome<Vec<Sector>, LocationFault> {
        Ok(Vec::new())
    }
    async fn trail(&self, _: JobId, _: TechnicianId) -> Outcome<Vec<Position>, LocationFault> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sla for World {
    async fn promise(&self, query: PromiseQuery) -> Outcome<Promise, SlaFault> {
        Ok(Promise {
            policy: slug("plumbing-immediate"),
            respond_by: query.at + minutes(15),
            arrive_by: query.at + minutes(75),
            complete_by: query.at + hours(4),
            remedy_percent: 15,
        })
    }
    async fn start(&self, start: StartClocks) -> Outcome<Promise, SlaFault> {
        self.promise(start.query).await
    }
    async fn command(&self, _: JobId, _: ClockCommand, _: Time) -> Outcome<(), SlaFault> {
        Ok(())
    }
    async fn clocks(&self, _: Vec<JobId>) -> Outcome<Vec<(JobId, ClockView)>, SlaFault> {
        Ok(Vec::new())
    }
    async fn predict(&self, _: JobId, _: ClockKind, _: Time, _: Time) -> Outcome<(), SlaFault> {
        Ok(())
    }
    async fn open_alarms(&self, _: Option<Vec<Slug>>, _: u32) -> Outcome<Vec<Alarm>, SlaFault> {
        Ok(vec![])
    }
    async fn alarms(&self, _: Vec<AlarmId>) -> Outcome<Vec<Alarm>, SlaFault> {
        Ok(vec![])
    }
    async fn is_open(&self, _: Slug, _: Time) -> Outcome<bool, SlaFault> {
        Ok(true)
    }
}

impl World {
    fn hold(&self, booking: BookingId, amount: Money, status: HoldStatus) -> Hold {
        Hold {
            id: HoldId::new(),
            booking,
            amount,
            captured: Money::ZERO,
            status,
            challenge_url: None,
            card: None,
            response_code: (status == HoldStatus::Declined).then(|| "51".into()),
        }
    }
}

#[async_trait]
impl Settlement for World {
    async fn place_hold(&self, command: PlaceHold) -> Outcome<Hold, SettlementFault> {
        let mut memory = self.0.lock().unwrap();
        memory.paid_with.push(command.card);
        let status = memory.next_hold.take().unwrap_or(HoldStatus::Authorized);
        Ok(self.hold(command.booking, command.amount, status))
    }
    async fn refresh_hold(&self, _: HoldId) -> Outcome<Hold, SettlementFault> {
        Err(SettlementFault::UnknownHold.into())
    }
    async fn holds(&self, _: BookingId) -> Outcome<Vec<Hold>, SettlementFault> {
        Ok(Vec::new())
    }
    async fn statement(&self, _: BookingId) -> Outcome<Statement, SettlementFault> {
        let captured_at = self.0.lock().unwrap().captured_at;
        Ok(Statement {
            seller: Seller {
                name: Text::new("خدمة", "Khidma"),
                vat_number: "310122393500003".into(),
            },
            held: Money::ZERO,
            captured: Money::ZERO,
            captured_at,
            card: Some(CardMark {
                brand: "mada".into(),
                last4: "1010".into(),
            }),
        })
    }
    async fn settle(&self, _: SettleBooking) -> Outcome<(), SettlementFault> {
        self.0.lock().unwrap().settled += 1;
        Ok(())
    }
    async fn release(&self, _: ReleaseHolds) -> Outcome<(), SettlementFault> {
        self.0.lock().unwrap().releases += 1;
        Ok(())
    }
    async fn remedy(&self, _: Remedy) -> Outcome<(), SettlementFault> {
        Ok(())
    }
}

#[async_trait]
impl Notify for World {
    async fn send(&self, notice: Notice) -> Outcome<(), NotifyFault> {
        self.0.lock().unwrap().told.push(notice);
        Ok(())
    }
    async fn set_contact(&self, _: Contact) -> Outcome<(), NotifyFault> {
        Ok(())
    }
}

#[async_trait]
impl Identity for World {
    async fn subject(&self, user: UserId) -> Outcome<Subject, IdentityFault> {
        Ok(Subject {
            user,
            technician: None,
            vendor: None,
        })
    }
    async fn holders(&self, _: Role) -> Outcome<Vec<UserId>, IdentityFault> {
        Ok(Vec::new())
    }
    async fn people(&self, users: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault> {
        let memory = self.0.lock().unwrap();
        let known = users.into_iter().filter(|user| memory.known.contains(user));
        Ok(known
            .map(|id| Person {
                id,
                name: "هيا".into(),
                phone: Some(Phone::parse("0501234567").unwrap()),
                lang: Lang::Ar,
                tier: None,
                since: Time::UNIX_EPOCH,
            })
            .collect())
    }
    async fn enrol_phone(&self, _: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        Ok(UserId::new())
    }
    async fn enrol_staff(&self, _: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        Ok(UserId::new())
    }
    async fn members(
        &self,
        _: CorporateAccountId,
        _: Vec<UserId>,
    ) -> Outcome<Vec<Member>, IdentityFault> {
        Ok(Vec::new())
    }
    async fn link_member(&self, _: LinkMember) -> Outcome<MemberLink, IdentityFault> {
        Err(IdentityFault::UnknownUser.into())
    }
    async fn set_member(&self, _: SetMember) -> Outcome<(), IdentityFault> {
        Err(IdentityFault::UnknownUser.into())
    }
}

fn category(name: &str, services: &[(&str, i64)]) -> Category {
    Category {
        slug: slug(name),
        icon: "wrench".into(),
        name: Text::new("قسم", "Category"),
        description: Text::new("", ""),
        diagnosis_fee: Money::from_halalas(5_000),
        services: services
            .iter()
            .map(|(service, base)| Service {
                slug: slug(service),
                category: slug(name),
                name: Text::new("خدمة", "Service"),
                description: Text::new("", ""),
                base: Money::from_halalas(*base),
                duration_minutes: 60,
                max_quantity: 4,
                options: Vec::new(),
                checklist: Vec::new(),
            })
            .collect(),
    }
}

fn line(kind: LineKind, halalas: i64) -> PriceLine {
    PriceLine {
        kind,
        name: Text::new("بند", "Line"),
        amount: Money::from_halalas(halalas),
    }
}

#[async_trait]
impl Catalog for World {
    async fn tree(&self) -> Outcome<Vec<Category>, CatalogFault> {
        Ok(vec![
            category("plumbing", &[("leak-repair", 15_000), ("heater", 40_000)]),
            category("painting", &[("room", 50_000)]),
            category("soon", &[]),
        ])
    }
    async fn service(&self, _: Slug) -> Outcome<Service, CatalogFault> {
        Err(CatalogFault::UnknownService.into())
    }
    async fn price(&self, query: PriceQuery) -> Outcome<Priced, CatalogFault> {
        self.0.lock().unwrap().prices += 1;
        if query.service.as_str() == "room" {
            return Err(CatalogFault::NotServedHere.into());
        }
        let total = Money::from_halalas(23_000);
        Ok(Priced {
            category: slug("plumbing"),
            service: query.service,
            service_name: Text::new("إصلاح تسريب", "Leak repair"),
            lines: vec![
                line(LineKind::PlatformFee, 3_000),
                line(LineKind::Visit, 5_000),
                line(LineKind::Service, 15_000),
            ],
            total,
            vat: total.vat_inside(kernel::VAT_BASIS_POINTS),
            duration_minutes: 60,
            skills: vec![slug("plumbing.general")],
            checklist: vec![ChecklistItem {
                slug: slug("water-off"),
                name: Text::new("إغلاق الماء", "Water off"),
                photo: false,
            }],
            quality_hold_days: 45,
        })
    }
}

#[async_trait]
impl Vendors for World {
    async fn eligible(&self, _: EligibleQuery) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        Ok(Vec::new())
    }
    async fn technicians(
        &self,
        ids: Vec<TechnicianId>,
    ) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        let card = |id| TechnicianCard {
            id,
            user: UserId::new(),
            vendor: VendorId::new(),
            vendor_name: Text::new("شركة", "Company"),
            vendor_tier: slug("growth"),
            name: Text::new("محمد", "Mohammed"),
            skills: Vec::new(),
            home: GeoPoint::new(24.8, 46.65).unwrap(),
            on_shift: true,
            quality: 0.9,
            skill_fit: 0.0,
        };
        Ok(ids.into_iter().map(card).collect())
    }
    async fn vendor(&self, id: VendorId) -> Outcome<VendorCard, VendorFault> {
        Ok(VendorCard {
            id,
            name: Text::new("شركة", "Company"),
            tier: slug("growth"),
            commission_basis_points: 1500,
            vat_registered: true,
            active: true,
        })
    }
    async fn coverage(&self, _: Slug, _: Slug) -> Outcome<u32, VendorFault> {
        Ok(3)
    }
    async fn enrol_vendor(&self, _: EnrolVendor) -> Outcome<VendorId, VendorFault> {
        Ok(VendorId::new())
    }
    async fn enrol_technician(&self, _: EnrolTechnician) -> Outcome<TechnicianId, VendorFault> {
        Ok(TechnicianId::new())
    }
}

#[async_trait]
impl Dispatch for World {
    async fn request(&self, _: DispatchRequest) -> Outcome<(), DispatchFault> {
        self.0.lock().unwrap().requests += 1;
        Ok(())
    }
    async fn withdraw(&self, _: JobId, _: Time) -> Outcome<(), DispatchFault> {
        Ok(())
    }
    async fn complete(&self, _: JobId, _: Time) -> Outcome<(), DispatchFault> {
        Ok(())
    }
    async fn requeue(&self, _: JobId, _: String, _: Time) -> Outcome<(), DispatchFault> {
        Ok(())
    }
    async fn standings(&self, _: Vec<JobId>) -> Outcome<Vec<Standing>, DispatchFault> {
        Ok(Vec::new())
    }
    async fn assignment(&self, job: JobId) -> Outcome<Option<Assignment>, DispatchFault> {
        Ok(self.0.lock().unwrap().assignments.get(&job).cloned())
    }
}
