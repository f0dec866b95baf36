//! The map: a thin, typed handle over the script `js/map.js`, which is loaded when a map is first
//! shown. What is set before that is kept and shown then; without WebGL nothing is lost but the
//! picture.

use crate::{page::page, web, words};
use contract_location::{MicroZone, ZoneOutline};
use kernel::{GeoPoint, JobId, TechnicianId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// How a job's promise is doing, by which its mark is shaped and coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Safe,
    Watch,
    Risk,
    Breach,
    Paused,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapJob {
    pub id: JobId,
    pub point: GeoPoint,
    pub mark: Mark,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapTechnician {
    pub id: TechnicianId,
    pub point: GeoPoint,
    /// From north, clockwise; without it the disc has no arrow.
    pub heading_deg: Option<u16>,
    /// Has a job: grey.
    pub busy: bool,
    /// Otherwise faded, and it does not move.
    pub fresh: bool,
}

/// A name on the map, such as a district's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapLabel {
    pub text: String,
    pub point: GeoPoint,
    /// A zone's name is larger and seen from further away.
    pub major: bool,
}

/// A dashed circle, such as a search radius.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MapCircle {
    pub centre: GeoPoint,
    pub radius_m: f64,
}

/// Something on the map under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MapHit {
    Job(JobId),
    Technician(TechnicianId),
}

/// One map. Copy; belongs to the component that made it.
#[derive(Clone, Copy)]
pub struct Map {
    inner: StoredValue<Rc<RefCell<Inner>>, LocalStorage>,
    ready: RwSignal<bool>,
    centre: RwSignal<Option<GeoPoint>>,
}

#[derive(Default)]
struct Inner {
    view: Option<JsValue>,
    /// The last of each kind: shown when the map comes, or comes again.
    kept: Vec<(&'static str, String)>,
    /// Keeps the callback alive as long as the map.
    hear: Option<Closure<dyn FnMut(String, String)>>,
}

impl Map {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self {
            inner: StoredValue::new_local(Rc::default()),
            ready: RwSignal::new(false),
            centre: RwSignal::new(None),
        }
    }

    /// The map is on the screen.
    pub fn ready(self) -> Signal<bool> {
        self.ready.into()
    }
    /// The middle of the picture, renewed when it comes to rest.
    pub fn centre(self) -> Signal<Option<GeoPoint>> {
        self.centre.into()
    }

    /// Micro-zones, drawn as the ground of their zones; planned and paused ones are hatched.
    pub fn set_zones(self, cells: &[MicroZone]) {
        let cells: Vec<Cell> = cells
            .iter()
            .map(|c| Cell {
                zone: c.zone.as_str(),
                status: &c.status,
                outline: &c.outline,
            })
            .collect();
        self.send("zones", &cells);
    }
    /// The served zones' ground as whole shapes, for a map that needs no single cells.
    pub fn set_outlines(self, zones: &[ZoneOutline]) {
        let shapes: Vec<Cell> = zones
            .iter()
            .flat_map(|z| z.rings.iter().map(|ring| (z.zone.as_str(), ring)))
            .map(|(zone, ring)| Cell {
                zone,
                status: "active",
                outline: ring,
            })
            .collect();
        self.send("zones", &shapes);
    }
    pub fn set_labels(self, labels: &[MapLabel]) {
        self.send("labels", labels);
    }
    /// All of them; who is not among them leaves the map. They glide from where they were.
    pub fn set_technicians(self, technicians: &[MapTechnician]) {
        self.send("technicians", technicians);
    }
    /// All of them. Zoomed out they gather to clusters that show the worst mark and a count.
    pub fn set_jobs(self, jobs: &[MapJob]) {
        self.send("jobs", jobs);
    }
    /// The dark ring.
    pub fn select(self, hit: Option<MapHit>) {
        let (job, technician) = match hit {
            Some(MapHit::Job(id)) => (Some(id), None),
            Some(MapHit::Technician(id)) => (None, Some(id)),
            None => (None, None),
        };
        self.send("select", &Selected { job, technician });
    }
    pub fn select_job(self, job: Option<JobId>) {
        self.select(job.map(MapHit::Job));
    }
    /// The customer's place.
    pub fn set_pin(self, pin: Option<GeoPoint>) {
        self.send("pin", &pin);
    }
    /// A line, such as from the technician to the pin; it follows a moving technician if its
    /// first point is `from_technician`'s.
    pub fn set_route(self, points: &[GeoPoint], from_technician: Option<TechnicianId>) {
        #[derive(Serialize)]
        struct Route<'a> {
            points: &'a [GeoPoint],
            from: Option<TechnicianId>,
        }
        let route = Route {
            points,
            from: from_technician,
        };
        self.send("route", &route);
    }
    pub fn set_circles(self, circles: &[MapCircle]) {
        self.send("circles", circles);
    }
    /// Moves there; at once where less motion is wanted. `zoom`: none keeps it.
    pub fn fly_to(self, point: GeoPoint, zoom: Option<f64>) {
        self.send("fly", &Flight { point, zoom });
    }
    /// Shows all these points, not closer than a street.
    pub fn fit(self, points: &[GeoPoint]) {
        if !points.is_empty() {
            self.send("fit", points);
        }
    }
    pub fn zoom_in(self) {
        self.send("zoom", &1);
    }
    pub fn zoom_out(self) {
        self.send("zoom", &-1);
    }

    fn send<T: Serialize + ?Sized>(self, what: &'static str, value: &T) {
        // Our own types: they always have a JSON form.
        if let Ok(json) = serde_json::to_string(value) {
            self.send_json(what, json);
        }
    }
    fn send_json(self, what: &'static str, json: String) {
        let Some(inner) = self.inner.try_get_value() else {
            return;
        };
        let view = inner.borrow().view.clone();
        if let Some(view) = &view {
            set(view, what, &json);
        }
        // A movement is over once it was made; what is shown stays.
        if view.is_none() || !is_movement(what) {
            let kept = &mut inner.borrow_mut().kept;
            kept.retain(|(other, _)| *other != what);
            kept.push((what, json));
        }
    }
}

/// One shape of the ground.
#[derive(Serialize)]
struct Cell<'a> {
    zone: &'a str,
    status: &'a str,
    outline: &'a [[f64; 2]],
}
#[derive(Serialize)]
struct Selected {
    job: Option<JobId>,
    technician: Option<TechnicianId>,
}

#[derive(Serialize)]
struct Flight {
    point: GeoPoint,
    zoom: Option<f64>,
}

#[derive(Serialize)]
struct Options<'a> {
    centre: GeoPoint,
    zoom: f64,
    label: &'a str,
    css: &'a str,
    picker: bool,
    still: bool,
}

fn is_movement(what: &str) -> bool {
    matches!(what, "fly" | "fit" | "zoom")
}

fn set(view: &JsValue, what: &str, json: &str) {
    if web::call(view, "set", &[what.into(), json.into()]).is_err() {
        web::warn(&format!("the map could not show {what}"));
    }
}

/// A tap or click on something.
#[derive(Deserialize)]
struct Hit {
    job: Option<JobId>,
    technician: Option<TechnicianId>,
}

impl Hit {
    fn hit(&self) -> Option<MapHit> {
        self.job
            .map(MapHit::Job)
            .or(self.technician.map(MapHit::Technician))
    }
}

#[derive(Clone, Copy)]
struct Hooks {
    on_hit: Option<Callback<MapHit>>,
    on_hover: Option<Callback<Option<MapHit>>>,
    on_move_start: Option<Callback<()>>,
    on_move_end: Option<Callback<GeoPoint>>,
    on_unavailable: Option<Callback<()>>,
}

/// The map may speak once more when its screen has left: then nobody hears it.
fn say<T: 'static>(to: Option<Callback<T>>, what: T) {
    if let Some(to) = to {
        let _: Option<()> = to.try_run(what);
    }
}

impl Hooks {
    fn hear(&self, map: Map, what: &str, json: &str) {
        match what {
            "hit" | "hover" => {
                let hit = serde_json::from_str::<Hit>(json).ok().and_then(|h| h.hit());
                match (what, hit) {
                    ("hit", Some(hit)) => say(self.on_hit, hit),
                    ("hover", hit) => say(self.on_hover, hit),
                    _ => {}
                }
            }
            "move-start" => say(self.on_move_start, ()),
            "move-end" => {
                if let Ok(centre) = serde_json::from_str::<GeoPoint>(json) {
                    map.centre.try_set(Some(centre));
                    say(self.on_move_end, centre);
                }
            }
            _ => {}
        }
    }
}

/// Shows `map`. `label` is its accessible name; a list beside it must say what it shows.
///
/// `picker`: a pin stands in the middle and the person moves the map under it; `on_move_end` tells
/// where. `still`: a picture that can't be moved. `on_hit`: a press on a job or a technician.
/// `on_unavailable`: there is no WebGL, or the map did not load; a note says so in its place.
#[component]
pub fn MapView(
    map: Map,
    #[prop(into)] label: String,
    centre: GeoPoint,
    #[prop(default = 11.0)] zoom: f64,
    #[prop(optional)] picker: bool,
    #[prop(optional)] still: bool,
    #[prop(optional, into)] class: String,
    #[prop(optional, into)] on_hit: Option<Callback<MapHit>>,
    #[prop(optional, into)] on_hover: Option<Callback<Option<MapHit>>>,
    #[prop(optional, into)] on_move_start: Option<Callback<()>>,
    #[prop(optional, into)] on_move_end: Option<Callback<GeoPoint>>,
    #[prop(optional, into)] on_unavailable: Option<Callback<()>>,
) -> impl IntoView {
    let hooks = Hooks {
        on_hit,
        on_hover,
        on_move_start,
        on_move_end,
        on_unavailable,
    };
    let place = NodeRef::<leptos::html::Div>::new();
    let missing = RwSignal::new(None::<&'static words::Words>);
    map.centre.set(Some(centre));
    // The screen may leave while the map is still being loaded.
    let left = Arc::new(AtomicBool::new(false));

    let gone = left.clone();
    Effect::new(move |begun: Option<bool>| {
        let Some(element) = place.get() else {
            return begun.unwrap_or(false);
        };
        if !begun.unwrap_or(false) {
            let options = Options {
                centre,
                zoom,
                label: &label,
                css: &page().assets.map_css,
                picker,
                still,
            };
            let options = serde_json::to_string(&options).unwrap_or_default();
            let request = Opening {
                map,
                element: element.unchecked_into(),
                options,
                hooks,
                missing,
                left: gone.clone(),
            };
            web::spawn(request.open());
        }
        true
    });
    on_cleanup(move || {
        left.store(true, Relaxed);
        if let Some(inner) = map.inner.try_get_value() {
            close(&inner);
            map.ready.try_set(false);
        }
    });

    view! {
        <div class=format!("map {class}")>
            <div class="map-canvas" node_ref=place></div>
            {move || missing.get().map(|words| view! {
                <p class="map-note">{words.get(page().lang)}</p>
            })}
        </div>
    }
}

fn close(inner: &Rc<RefCell<Inner>>) {
    let (view, hear) = {
        let mut inner = inner.borrow_mut();
        (inner.view.take(), inner.hear.take())
    };
    if let Some(view) = view {
        let _ = web::call(&view, "close", &[] as &[JsValue]);
    }
    drop(hear);
}

struct Opening {
    map: Map,
    element: web_sys::Element,
    options: String,
    hooks: Hooks,
    missing: RwSignal<Option<&'static words::Words>>,
    left: Arc<AtomicBool>,
}

impl Opening {
    async fn open(self) {
        if let Err(words) = self.show().await
            && !self.left.load(Relaxed)
        {
            self.missing.try_set(Some(words));
            say(self.hooks.on_unavailable, ());
        }
    }

    async fn show(&self) -> Result<(), &'static words::Words> {
        let (map, hooks) = (self.map, self.hooks);
        let module = module().await.map_err(|_| &words::MAP_NOT_LOADED)?;
        let hear = Closure::<dyn FnMut(String, String)>::new(move |what: String, json: String| {
            hooks.hear(map, &what, &json);
        });
        let arguments = [
            self.element.clone().into(),
            self.options.as_str().into(),
            hear.as_ref().clone(),
        ];
        let made = web::call(&module, "create", &arguments).map_err(|_| &words::MAP_NOT_LOADED)?;
        let view = JsFuture::from(js_sys::Promise::resolve(&made)).await;
        let view = view
            .ok()
            .filter(|view| !view.is_null())
            .ok_or(&words::MAP_UNAVAILABLE)?;
        let inner = map
            .inner
            .try_get_value()
            .filter(|_| !self.left.load(Relaxed));
        let Some(inner) = inner else {
            let _ = web::call(&view, "close", &[] as &[JsValue]);
            return Ok(());
        };
        let kept = {
            let mut inner = inner.borrow_mut();
            inner.view = Some(view.clone());
            inner.hear = Some(hear);
            inner.kept.clone()
        };
        for (what, json) in kept {
            set(&view, what, &json);
        }
        inner
            .borrow_mut()
            .kept
            .retain(|(what, _)| !is_movement(what));
        map.ready.try_set(true);
        Ok(())
    }
}

/// The map's script, fetched once by the browser.
async fn module() -> Result<JsValue, JsValue> {
    let khidma = web::get(&js_sys::global(), "khidma").ok_or(JsValue::NULL)?;
    let promise = web::call(&khidma, "load", &[page().assets.map.as_str().into()])?;
    JsFuture::from(js_sys::Promise::resolve(&promise)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_says_is_understood() {
        let id = JobId::new();
        let hit: Hit = serde_json::from_str(&format!(r#"{{"job":"{id}"}}"#)).unwrap();
        assert_eq!(hit.hit(), Some(MapHit::Job(id)));
        let none: Hit = serde_json::from_str("{}").unwrap();
        assert_eq!(none.hit(), None);
    }
}
