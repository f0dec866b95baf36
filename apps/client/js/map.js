// The map. MapLibre draws the ground (land, zones, names), and only when the ground changes.
// Whatever lives on it (routes, technicians, jobs, the pin) is drawn on one canvas above, so that
// hundreds of technicians can move without the ground being drawn, or even looked at, again.
// What it shows is told in words beside it by the screens; it makes no request of its own.
// The build puts addresses in the places of the names "maplibre-gl…" and "map/…".

import { Map as Ground, setWorkerUrl } from "maplibre-gl";
import { groundStyle, recolour, zonesOf } from "map/ground.js";
import { Palette } from "map/palette.js";
import { People } from "map/people.js";
import { gather, mercatorX, mercatorY, metres, worldOf } from "map/world.js";

setWorkerUrl(new URL("maplibre-gl/worker", import.meta.url).href);

const MARKS = ['paused', 'safe', 'watch', 'risk', 'breach'];
/** Jobs gather to clusters below this zoom. */
const APART_ZOOM = 13.5;
const CLUSTER_PX = 44;
/** Places flown to within this time are one journey, to the last: a held key is not followed. */
const SETTLE_MS = 200;
/** A movement smaller than this is not worth a picture. */
const STEP_PX = 0.4;
const TAP_PX = { mouse: 14, touch: 24 };

/**
 * Shows a map in `element`. `options`: JSON as in map.rs. `tell(what, json)` hears hits, hovers
 * and moves. Answers the view, or null where there is no WebGL.
 */
export async function create(element, options, tell) {
  options = JSON.parse(options);
  if (!hasWebGl()) return null;
  await Promise.all([styles(options.css), document.fonts.ready]);
  const view = new View(element, options, (what, value) => tell(what, JSON.stringify(value ?? null)));
  await view.begun;
  return view;
}

function hasWebGl(attributes) {
  const gl = document.createElement('canvas').getContext('webgl2', attributes);
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return Boolean(gl);
}

/** Whether the processor draws what a graphics card would: each picture of a journey is waited
    for, and whoever presses keys with it. */
const isDrawnSlowly = () => !hasWebGl({ failIfMajorPerformanceCaveat: true });

function styles(address) {
  if (!address || document.querySelector(`link[href="${CSS.escape(address)}"], link[data-map]`)) return null;
  return new Promise((done) => {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href: address, onload: done, onerror: done });
    link.dataset.map = '';
    document.head.append(link);
  });
}

const lessMotion = matchMedia('(prefers-reduced-motion: reduce)');
const darkDevice = matchMedia('(prefers-color-scheme: dark)');

class View {
  #jobs = [];
  #clusters = null;
  #people = new People();
  #route = { points: [], from: null };
  #circles = [];
  #pin = null;
  #selected = { job: null, technician: null };
  #labels = [];
  #hovered = '';
  #centre = null;
  #lifted = false;
  #frame = 0;
  #timer = 0;
  #flight = 0;
  #closed = false;

  constructor(element, options, tell) {
    this.element = element;
    // By hand: MapLibre's style sheet is in no layer and would win.
    Object.assign(element.style, { position: 'absolute', inset: '0' });
    this.options = options;
    this.slow = isDrawnSlowly();
    this.tell = (what, value) => this.#closed || tell(what, value);
    this.palette = new Palette(element);
    this.ground = new Ground({
      container: element,
      style: groundStyle(this.palette),
      center: [options.centre.lon, options.centre.lat],
      zoom: options.zoom,
      minZoom: 7,
      maxZoom: 18,
      maxPitch: 0,
      interactive: !options.still,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
      locale: { 'Map.Title': options.label },
    });
    const picture = this.ground.getCanvas();
    if (options.still) picture.setAttribute('role', 'img');
    // Inside, for what surrounds the map cuts off what stands out of it.
    picture.style.outlineOffset = '-4px';
    this.ground.touchZoomRotate?.disableRotation();
    this.ground.keyboard?.disableRotation();

    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('aria-hidden', 'true');
    Object.assign(this.canvas.style, { position: 'absolute', insetBlockStart: '0', left: '0', pointerEvents: 'none' });
    this.ground.getCanvasContainer().append(this.canvas);
    this.ink = this.canvas.getContext('2d');
    this.#centre = this.ground.getCenter();
    this.#listen();
    this.begun = new Promise((done) => this.ground.once('load', done));
    this.#letter();
  }

  // ---- what the app sets ----

  set(what, json) {
    if (!this.#closed) this[`set_${what}`](JSON.parse(json));
  }

  set_zones(cells) {
    const { fills, edges } = zonesOf(cells);
    this.ground.getSource('zones')?.setData(fills);
    this.ground.getSource('edges')?.setData(edges);
  }

  set_labels(labels) {
    this.#labels = labels;
    this.#letter();
  }

  set_technicians(all) {
    this.#people.hear(all, performance.now(), lessMotion.matches);
    this.#soon();
  }

  set_jobs(jobs) {
    this.#jobs = jobs.map(({ id, point, mark }) => {
      const [x, y] = worldOf(point);
      return { id, x, y, point, mark, rank: MARKS.indexOf(mark) };
    });
    // The worst first: it leads its cluster. Drawn last to first, it lies on top.
    this.#jobs.sort((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1));
    this.#clusters = null;
    this.#soon();
  }

  set_select(selected) {
    this.#selected = selected;
    this.#clusters = null;
    this.#soon();
  }

  set_pin(point) {
    this.#pin = point && worldOf(point);
    this.#soon();
  }

  set_route({ points, from }) {
    this.#route = { points: points.map(worldOf), from };
    this.#soon();
  }

  set_circles(circles) {
    this.#circles = circles.map(({ centre, radius_m: radius }) => {
      const [x, y] = worldOf(centre);
      return { x, y, radius: metres(radius, centre.lat) };
    });
    this.#soon();
  }

  set_fly({ point, zoom }) {
    clearTimeout(this.#flight);
    this.#flight = setTimeout(() => {
      const to = { center: [point.lon, point.lat], zoom: zoom ?? this.ground.getZoom() };
      if (this.#isStill) this.ground.jumpTo(to);
      else this.ground.easeTo({ ...to, duration: 500 });
    }, SETTLE_MS);
  }

  get #isStill() {
    return this.slow || lessMotion.matches;
  }

  set_fit(points) {
    clearTimeout(this.#flight);
    const lons = points.map((p) => p.lon);
    const lats = points.map((p) => p.lat);
    const { clientWidth: width, clientHeight: height } = this.element;
    this.ground.fitBounds(
      [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
      { padding: Math.min(64, width / 5, height / 5), maxZoom: 15.5, duration: this.#isStill ? 0 : 500 },
    );
  }

  set_zoom(by) {
    this.ground.zoomTo(this.ground.getZoom() + by, { duration: this.#isStill ? 0 : 200 });
  }

  close() {
    this.#closed = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    clearTimeout(this.#flight);
    this.watched.abort();
    this.theme.disconnect();
    this.ground.remove();
  }

  // ---- listening ----

  #listen() {
    const { ground } = this;
    this.watched = new AbortController();
    const { signal } = this.watched;
    // In the same frame as the ground: both move as one.
    ground.on('render', () => this.#draw());
    ground.on('resize', () => this.#fitCanvas());
    this.#fitCanvas();
    ground.on('movestart', () => {
      this.#lifted = true;
      this.tell('move-start');
    });
    ground.on('moveend', () => {
      this.#lifted = false;
      this.#soon();
      const { lat, lng } = ground.getCenter();
      // Another size is no other place: told, it would take the pin back to where the map began.
      if (lat === this.#centre.lat && lng === this.#centre.lng) return;
      this.#centre = { lat, lng };
      this.tell('move-end', { lat, lon: lng });
    });
    ground.on('click', (event) => this.#press(event));
    ground.on('mousemove', (event) => this.#hover(this.#under(event.point, TAP_PX.mouse)));
    ground.on('mouseout', () => this.#hover(null));

    const repaint = () => this.#recolour();
    this.theme = new MutationObserver(repaint);
    this.theme.observe(document.documentElement, { attributeFilter: ['data-theme', 'class'] });
    darkDevice.addEventListener('change', repaint, { signal });
    document.addEventListener('visibilitychange', () => this.#soon(), { signal });
  }

  #press({ point, originalEvent }) {
    const touch = originalEvent.pointerType === 'touch' || matchMedia('(pointer: coarse)').matches;
    const hit = this.#under(point, touch ? TAP_PX.touch : TAP_PX.mouse);
    if (!hit) return;
    if (hit.members) this.#open(hit.members);
    else this.tell('hit', hit.rank === undefined ? { technician: hit.id } : { job: hit.id });
  }

  /** A cluster falls apart. */
  #open(members) {
    const points = members.map((job) => job.point);
    const apart = new Set(points.map((p) => `${p.lat},${p.lon}`)).size > 1;
    if (apart) this.set_fit(points);
    if (!apart || this.ground.getZoom() > 15) this.set_fly({ point: points[0], zoom: APART_ZOOM + 0.5 });
  }

  #hover(hit) {
    this.ground.getCanvas().style.cursor = hit ? 'pointer' : '';
    const single = hit && !hit.members ? hit : null;
    const id = single?.id ?? '';
    if (id === this.#hovered) return;
    this.#hovered = id;
    this.tell('hover', !single ? {} : single.rank === undefined ? { technician: id } : { job: id });
  }

  /** The nearest thing within reach; jobs before technicians, as they lie above them. */
  #under(point, reach) {
    const at = this.#projection();
    const nearest = (things) => {
      let [best, least] = [null, reach];
      for (const thing of things) {
        const far = Math.hypot(at.x(thing.x) - point.x, at.y(thing.y) - point.y) - (thing.members ? 6 : 0);
        if (far < least) [best, least] = [thing, far];
      }
      return best;
    };
    return nearest(this.#gathered()) ?? nearest(this.#people.values());
  }

  // ---- drawing ----

  /** From the world to the picture; the map is always north up and flat. */
  #projection() {
    const { lng, lat } = this.ground.getCenter();
    const scale = 512 * 2 ** this.ground.getZoom();
    const [left, top] = [mercatorX(lng) * scale - this.width / 2, mercatorY(lat) * scale - this.height / 2];
    return { scale, x: (x) => x * scale - left, y: (y) => y * scale - top };
  }

  #fitCanvas() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const dense = Math.min(devicePixelRatio || 1, 3);
    Object.assign(this, { width, height, dense });
    Object.assign(this.canvas, { width: width * dense, height: height * dense });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.palette.dense = dense;
    this.#soon();
  }

  /** Draws in the next frame. */
  #soon() {
    if (this.#closed || this.#frame || document.hidden) return;
    clearTimeout(this.#timer);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** The next picture when something will have moved visibly: quick ones 20 times a second at most
      (one alone as often as the screen can), slow ones seldom. */
  #later(fastest, moving) {
    clearTimeout(this.#timer);
    if (!moving) return;
    const wait = (STEP_PX / Math.max(fastest, 1e-6)) * 1000;
    if (wait < 50 && moving <= 3) this.#soon();
    else this.#timer = setTimeout(() => this.#soon(), Math.min(Math.max(wait, 50), 1000));
  }

  #draw() {
    if (this.#closed) return;
    const { ink, dense, palette } = this;
    const at = this.#projection();
    const { fastest, moving } = this.#people.step(performance.now());
    ink.setTransform(dense, 0, 0, dense, 0, 0);
    ink.clearRect(0, 0, this.width, this.height);
    this.#drawCircles(at);
    this.#drawRoute(at);
    const shown = (x, y) => x > -30 && y > -30 && x < this.width + 30 && y < this.height + 30;
    for (const person of this.#people.values()) {
      const [x, y] = [at.x(person.x), at.y(person.y)];
      if (shown(x, y)) this.#drawPerson(person, x, y);
    }
    if (this.#pin) palette.pin(ink, at.x(this.#pin[0]), at.y(this.#pin[1]), 0);
    const gathered = this.#gathered();
    for (let i = gathered.length - 1; i >= 0; i -= 1) {
      const job = gathered[i];
      const [x, y] = [at.x(job.x), at.y(job.y)];
      if (shown(x, y)) palette.stamp(ink, job.members ? 'cluster' : 'job', job.mark, x, y, job.members?.length);
    }
    this.#drawSelected(at);
    if (this.options.picker) palette.pin(ink, this.width / 2, this.height / 2, this.#lifted ? 8 : 0);
    this.#later(fastest * at.scale, moving);
  }

  #drawCircles(at) {
    const { ink, palette } = this;
    ink.setLineDash([4, 4]);
    ink.lineWidth = 1.5;
    ink.strokeStyle = palette.of('--brand');
    ink.fillStyle = palette.of('--map-zone');
    for (const { x, y, radius } of this.#circles) {
      ink.beginPath();
      ink.arc(at.x(x), at.y(y), radius * at.scale, 0, 2 * Math.PI);
      ink.fill();
      ink.stroke();
    }
    ink.setLineDash([]);
  }

  #drawRoute(at) {
    const { ink, palette } = this;
    const points = [...this.#route.points];
    const leader = this.#route.from && this.#people.get(this.#route.from);
    if (leader) points[0] = [leader.x, leader.y];
    if (points.length < 2) return;
    ink.beginPath();
    for (const [x, y] of points) ink.lineTo(at.x(x), at.y(y));
    ink.lineCap = ink.lineJoin = 'round';
    for (const [width, colour] of [[8, '--surface'], [4.5, '--brand']]) {
      ink.lineWidth = width;
      ink.strokeStyle = palette.of(colour);
      ink.stroke();
    }
  }

  #drawPerson(person, x, y) {
    const { ink, dense, palette } = this;
    const arrow = person.fresh && person.heading != null;
    const sprite = palette.person(person.busy, arrow);
    // The one a customer waits for is larger.
    const wide = this.#people.size <= 3 ? 42 : 28;
    ink.globalAlpha = person.fresh ? 1 : 0.45;
    if (arrow) {
      const turn = (person.heading * Math.PI) / 180;
      const [cos, sin] = [Math.cos(turn) * dense, Math.sin(turn) * dense];
      ink.setTransform(cos, sin, -sin, cos, x * dense, y * dense);
      ink.drawImage(sprite, -wide / 2, -wide / 2, wide, wide);
      ink.setTransform(dense, 0, 0, dense, 0, 0);
    } else {
      ink.drawImage(sprite, x - wide / 2, y - wide / 2, wide, wide);
    }
    ink.globalAlpha = 1;
  }

  #drawSelected(at) {
    const { job, technician } = this.#selected;
    const one = job ? this.#jobs.find((other) => other.id === job) : this.#people.get(technician);
    if (!one) return;
    const { ink, palette } = this;
    const [x, y] = [at.x(one.x), at.y(one.y)];
    if (job) palette.stamp(ink, 'job', one.mark, x, y);
    for (const [width, colour] of [[5.5, '--surface'], [2.5, '--text']]) {
      ink.lineWidth = width;
      ink.strokeStyle = palette.of(colour);
      ink.beginPath();
      ink.arc(x, y, 18, 0, 2 * Math.PI);
      ink.stroke();
    }
  }

  /** Jobs as they are shown at this zoom: apart, or gathered around the worst of them. */
  #gathered() {
    const zoom = this.ground.getZoom();
    if (zoom >= APART_ZOOM) return this.#jobs;
    // By half zooms, so that clusters hold still while one zooms.
    const level = Math.floor(zoom * 2) / 2;
    if (this.#clusters?.level !== level) {
      const radius = CLUSTER_PX / (512 * 2 ** level);
      this.#clusters = { level, list: gather(this.#jobs, radius, this.#selected.job) };
    }
    return this.#clusters.list;
  }

  // ---- colours and names ----

  /** Names are drawn by the browser, which knows Arabic, and become images. */
  async #letter() {
    await this.begun;
    if (this.#closed) return;
    const features = this.#labels.map(({ text, point, major }) => {
      const image = `name-${major ? 'major-' : ''}${text}`;
      this.#image(image, this.palette.name(text, major));
      const geometry = { type: 'Point', coordinates: [point.lon, point.lat] };
      return { type: 'Feature', properties: { image, major }, geometry };
    });
    this.#image('hatch', this.palette.hatch());
    this.ground.getSource('names')?.setData({ type: 'FeatureCollection', features });
  }

  #image(name, pixels) {
    if (this.ground.hasImage(name)) this.ground.removeImage(name);
    this.ground.addImage(name, pixels, { pixelRatio: this.palette.dense });
  }

  #recolour() {
    const { ground, palette } = this;
    palette.forget();
    recolour(ground, palette);
    this.#letter();
    this.#soon();
  }
}
