// The map. MapLibre draws the ground (land, zones, names), and only when the ground changes.
// Whatever lives on it (routes, technicians, jobs, the pin) is drawn on one canvas above, so that
// hundreds of technicians can move without the ground being drawn, or even looked at, again.
// What it shows is told in words beside it by the screens; it makes no request of its own.
// The build puts addresses in the places of the names "maplibre-gl…".

import { Map as Ground, setWorkerUrl } from "maplibre-gl";

setWorkerUrl(new URL("maplibre-gl/worker", import.meta.url).href);

const MARKS = ['paused', 'safe', 'watch', 'risk', 'breach'];
/** Jobs gather to clusters below this zoom. */
const APART_ZOOM = 13.5;
const CLUSTER_PX = 44;
/** How long a technician glides to a new point: as long as the last report was ago, within this. */
const GLIDE_MS = [500, 6000];
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

// Web Mercator, the world 1 wide.
const mercatorX = (lon) => (lon + 180) / 360;
const mercatorY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
const worldOf = ({ lat, lon }) => [mercatorX(lon), mercatorY(lat)];
/** Metres to the world's width, at a latitude. */
const metres = (m, lat) => m / (40075016.7 * Math.cos((lat * Math.PI) / 180));

const lessMotion = matchMedia('(prefers-reduced-motion: reduce)');
const darkDevice = matchMedia('(prefers-color-scheme: dark)');

class View {
  #jobs = [];
  #clusters = null;
  #people = new Map();
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
      style: this.#style(),
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
    const now = performance.now();
    const gone = new Set(this.#people.keys());
    for (const one of all) {
      gone.delete(one.id);
      const [x, y] = worldOf(one.point);
      const known = this.#people.get(one.id);
      const person = known ?? { x, y, from: [x, y], to: [x, y], began: now, ends: now, heard: now };
      Object.assign(person, { id: one.id, heading: one.heading_deg, busy: one.busy, fresh: one.fresh });
      if (x !== person.to[0] || y !== person.to[1]) {
        this.#place(person, now);
        const glide = Math.min(Math.max(now - person.heard, GLIDE_MS[0]), GLIDE_MS[1]);
        const still = lessMotion.matches || !one.fresh;
        Object.assign(person, {
          from: [person.x, person.y],
          to: [x, y],
          began: now,
          ends: still ? now : now + glide,
          heard: now,
        });
      }
      this.#people.set(one.id, person);
    }
    for (const id of gone) this.#people.delete(id);
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

    const recolour = () => this.#recolour();
    this.theme = new MutationObserver(recolour);
    this.theme.observe(document.documentElement, { attributeFilter: ['data-theme', 'class'] });
    darkDevice.addEventListener('change', recolour, { signal });
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

  #place(person, now) {
    const { from, to, began, ends } = person;
    const part = now >= ends ? 1 : (now - began) / (ends - began);
    person.x = from[0] + (to[0] - from[0]) * part;
    person.y = from[1] + (to[1] - from[1]) * part;
    return part < 1;
  }

  #draw() {
    if (this.#closed) return;
    const { ink, dense, palette } = this;
    const at = this.#projection();
    const now = performance.now();
    let [fastest, moving] = [0, 0];
    for (const person of this.#people.values()) {
      if (this.#place(person, now)) {
        const { from, to, began, ends } = person;
        const px = Math.hypot(to[0] - from[0], to[1] - from[1]) * at.scale;
        fastest = Math.max(fastest, (px * 1000) / (ends - began));
        moving += 1;
      }
    }
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
    this.#later(fastest, moving);
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

  #style() {
    const { palette } = this;
    const empty = { type: 'FeatureCollection', features: [] };
    const source = () => ({ type: 'geojson', data: empty, tolerance: 0.2 });
    return {
      version: 8,
      // Another theme is there at once, as on the rest of the page.
      transition: { duration: 0, delay: 0 },
      sources: { zones: source(), edges: source(), names: { type: 'geojson', data: empty } },
      layers: [
        { id: 'land', type: 'background', paint: { 'background-color': palette.rgba('--map-land') } },
        {
          id: 'zones',
          type: 'fill',
          source: 'zones',
          filter: ['get', 'served'],
          paint: { 'fill-color': palette.rgba('--map-zone'), 'fill-antialias': false },
        },
        {
          id: 'planned',
          type: 'fill',
          source: 'zones',
          filter: ['!', ['get', 'served']],
          paint: { 'fill-pattern': 'hatch' },
        },
        {
          // The micro-zones: what one sees moving where nothing else is drawn.
          id: 'cells',
          type: 'line',
          source: 'zones',
          minzoom: 11.5,
          paint: {
            'line-color': palette.rgba('--map-zone-edge'),
            'line-opacity': 0.3,
            'line-width': ['interpolate', ['linear'], ['zoom'], 11.5, 0.4, 15, 1.5],
          },
        },
        {
          id: 'edges',
          type: 'line',
          source: 'edges',
          filter: ['get', 'served'],
          layout: { 'line-join': 'round' },
          paint: { 'line-color': palette.rgba('--map-zone-edge'), 'line-width': 1.5 },
        },
        {
          id: 'planned-edges',
          type: 'line',
          source: 'edges',
          filter: ['!', ['get', 'served']],
          paint: { 'line-color': palette.rgba('--line-strong'), 'line-width': 1, 'line-dasharray': [4, 3] },
        },
        {
          id: 'names',
          type: 'symbol',
          source: 'names',
          filter: ['any', ['get', 'major'], ['>=', ['zoom'], 10.5]],
          layout: {
            'icon-image': ['get', 'image'],
            'icon-padding': 4,
            'symbol-sort-key': ['case', ['get', 'major'], 0, 1],
          },
        },
      ],
    };
  }

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
    ground.setPaintProperty('land', 'background-color', palette.rgba('--map-land'));
    ground.setPaintProperty('zones', 'fill-color', palette.rgba('--map-zone'));
    ground.setPaintProperty('cells', 'line-color', palette.rgba('--map-zone-edge'));
    ground.setPaintProperty('edges', 'line-color', palette.rgba('--map-zone-edge'));
    ground.setPaintProperty('planned-edges', 'line-color', palette.rgba('--line-strong'));
    this.#letter();
    this.#soon();
  }
}

/** The design's colours as they are now, and what is drawn with them, ready to be stamped. */
class Palette {
  #colours = new Map();
  #sprites = new Map();

  constructor(element) {
    this.element = element;
    this.dense = Math.min(devicePixelRatio || 1, 3);
    this.font = getComputedStyle(element.parentElement).fontFamily;
  }

  forget() {
    this.#colours.clear();
    this.#sprites.clear();
  }

  /** As the browser resolves it, light or dark. */
  of(name) {
    let colour = this.#colours.get(name);
    if (colour === undefined) {
      const probe = document.createElement('span');
      probe.style.color = `var(${name})`;
      this.element.append(probe);
      colour = getComputedStyle(probe).color;
      probe.remove();
      this.#colours.set(name, colour);
    }
    return colour;
  }

  /** The same for MapLibre, which knows no oklch. */
  rgba(name) {
    const colour = this.of(name);
    const alpha = colour.match(/\/\s*([\d.]+)(%?)\s*\)$/);
    const ink = canvas(1, 1, 1).ink;
    ink.fillStyle = alpha ? colour.replace(alpha[0], ')') : colour;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
    const opacity = alpha ? Number(alpha[1]) / (alpha[2] ? 100 : 1) : a / 255;
    return `rgba(${r},${g},${b},${opacity})`;
  }

  #sprite(key, width, height, paint, finer = 1) {
    const name = `${key}@${this.dense}`;
    let sprite = this.#sprites.get(name);
    if (!sprite) {
      const made = canvas(width, height, this.dense * finer);
      paint(made.ink);
      sprite = made.canvas;
      this.#sprites.set(name, sprite);
    }
    return sprite;
  }

  /** An arrow disc that points north, or a plain one. */
  person(busy, arrow) {
    return this.#sprite(`person-${busy}-${arrow}`, 28, 28, (ink) => {
      const edge = this.of(busy ? '--text-3' : '--text');
      ink.translate(14, 14);
      disc(ink, 9, this.of(busy ? '--sunken' : '--surface'), edge, 2);
      ink.fillStyle = edge;
      ink.beginPath();
      if (arrow) {
        for (const [x, y] of [[0, -5.6], [4.2, 4.4], [0, 2.2], [-4.2, 4.4]]) ink.lineTo(x, y);
      } else {
        ink.arc(0, 0, 3, 0, 2 * Math.PI);
      }
      ink.fill();
    }, 1.5);
  }

  /** A job's shape on white, or a cluster's with its count. */
  stamp(ink, kind, mark, x, y, count = 0) {
    const wide = kind === 'cluster' ? 30 + 7 * String(count).length : 30;
    const sprite = this.#sprite(`${kind}-${mark}-${count}`, wide + 8, 38, (brush) => {
      brush.translate(4, 4);
      brush.save();
      brush.shadowColor = 'rgb(0 0 0 / .3)';
      brush.shadowBlur = 3 * this.dense;
      brush.shadowOffsetY = this.dense;
      brush.fillStyle = this.of('--surface');
      brush.beginPath();
      brush.roundRect(2, 2, wide - 4, 26, 13);
      brush.fill();
      brush.restore();
      brush.translate(5, 5);
      shape(brush, mark, this);
      if (count) {
        brush.fillStyle = this.of('--text');
        brush.font = `600 12px ${this.font}`;
        brush.textBaseline = 'middle';
        brush.direction = 'ltr';
        brush.fillText(String(count), 21, 11);
      }
    });
    ink.drawImage(sprite, x - (wide + 8) / 2, y - 19, wide + 8, 38);
  }

  /** The tip is the place. `lift`: pixels above it, while the ground moves. */
  pin(ink, x, y, lift) {
    const shadow = this.#sprite('shadow', 20, 10, (brush) => {
      brush.fillStyle = 'rgb(0 0 0 / .25)';
      brush.beginPath();
      brush.ellipse(10, 5, 6, 2.5, 0, 0, 2 * Math.PI);
      brush.fill();
    });
    const sprite = this.#sprite('pin', 40, 50, (brush) => {
      brush.translate(20, 20);
      brush.fillStyle = this.of('--brand');
      brush.strokeStyle = this.of('--surface');
      brush.lineWidth = 2;
      brush.beginPath();
      brush.arc(0, 0, 16, 0.75 * Math.PI, 0.25 * Math.PI);
      brush.quadraticCurveTo(6, 18, 0, 27);
      brush.quadraticCurveTo(-6, 18, -11.3, 11.3);
      brush.closePath();
      brush.fill();
      brush.stroke();
      disc(brush, 5.5, this.of('--on-brand'), this.of('--on-brand'), 1);
    });
    ink.drawImage(shadow, x - 10, y - 5, 20, 10);
    ink.drawImage(sprite, x - 20, y - 47 - lift, 40, 50);
  }

  name(text, major) {
    const font = major ? `600 15px ${this.font}` : `500 12px ${this.font}`;
    const ruler = canvas(1, 1, 1).ink;
    ruler.font = font;
    const width = Math.ceil(ruler.measureText(text).width) + 8;
    const height = major ? 26 : 22;
    const { ink } = canvas(width, height, this.dense);
    Object.assign(ink, { font, textAlign: 'center', textBaseline: 'middle', lineJoin: 'round', lineWidth: 3 });
    ink.strokeStyle = this.of('--map-block');
    ink.fillStyle = this.of(major ? '--text-2' : '--map-label');
    ink.strokeText(text, width / 2, height / 2);
    ink.fillText(text, width / 2, height / 2);
    return ink.getImageData(0, 0, ink.canvas.width, ink.canvas.height);
  }

  hatch() {
    const { ink } = canvas(8, 8, this.dense);
    ink.strokeStyle = this.of('--text-3');
    ink.globalAlpha = 0.35;
    for (const from of [-8, 0, 8]) {
      ink.moveTo(from, 8);
      ink.lineTo(from + 8, 0);
    }
    ink.stroke();
    return ink.getImageData(0, 0, ink.canvas.width, ink.canvas.height);
  }
}

function canvas(width, height, dense) {
  const made = document.createElement('canvas');
  made.width = Math.ceil(width * dense);
  made.height = Math.ceil(height * dense);
  const ink = made.getContext('2d', { willReadFrequently: width === 1 });
  ink.scale(dense, dense);
  return { canvas: made, ink };
}

function disc(ink, radius, fill, edge, width) {
  ink.beginPath();
  ink.arc(0, 0, radius, 0, 2 * Math.PI);
  ink.fillStyle = fill;
  ink.fill();
  ink.lineWidth = width;
  ink.strokeStyle = edge;
  ink.stroke();
}

/** The design's marks, 20 by 20: the shape says the state, the colour says it again. */
const SHAPES = {
  safe: [{ d: 'M10 3.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z', stroke: '--safe-fill', width: 3 }],
  watch: [
    { d: 'M10 2.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15z', fill: '--watch-soft', stroke: '--watch', width: 1.6 },
    { d: 'M10 2.5a7.5 7.5 0 0 1 0 15z', fill: '--watch-fill', stroke: '--watch', width: 1.6 },
  ],
  risk: [
    { d: 'M10 2.2 18.6 17H1.4z', fill: '--risk-fill', stroke: '--risk-fill', width: 2 },
    { d: 'M10 7.6v4.2M10 14.6v.1', stroke: '--on-breach', width: 2.1 },
  ],
  breach: [
    { d: 'M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z', fill: '--breach-fill' },
    { d: 'm7 7 6 6m0-6-6 6', stroke: '--on-breach', width: 2.1 },
  ],
  paused: [
    { d: 'M10 2a8 8 0 1 1 0 16a8 8 0 1 1 0-16z', fill: '--sunken', stroke: '--line-strong', width: 1.6 },
    { d: 'M8 7v6m4-6v6', stroke: '--paused', width: 1.8 },
  ],
};

function shape(ink, mark, palette) {
  ink.lineCap = ink.lineJoin = 'round';
  for (const { d, fill, stroke, width } of SHAPES[mark]) {
    const path = new Path2D(d);
    if (fill) {
      ink.fillStyle = palette.of(fill);
      ink.fill(path);
    }
    if (stroke) {
      ink.strokeStyle = palette.of(stroke);
      ink.lineWidth = width;
      ink.stroke(path);
    }
  }
}

/** Each job joins the first cluster within `radius` whose leader is at least as bad. */
function gather(jobs, radius, alone) {
  const grid = new Map();
  const list = [];
  const square = (n) => Math.floor(n / radius);
  for (const job of jobs) {
    if (job.id === alone) continue;
    const [column, row] = [square(job.x), square(job.y)];
    let joined = false;
    for (let c = column - 1; c <= column + 1 && !joined; c += 1) {
      for (let r = row - 1; r <= row + 1 && !joined; r += 1) {
        const near = grid.get(`${c},${r}`)?.find((other) => Math.hypot(other.x - job.x, other.y - job.y) < radius);
        if (near) {
          near.members.push(job);
          joined = true;
        }
      }
    }
    if (joined) continue;
    const leader = { ...job, members: [job] };
    const cell = grid.get(`${column},${row}`);
    if (cell) cell.push(leader);
    else grid.set(`${column},${row}`, [leader]);
    list.push(leader);
  }
  return list.map((leader) => (leader.members.length > 1 ? leader : leader.members[0]));
}

/**
 * Micro-zones, one shape a zone, and the zones' outer edges: the sides of cells that have no
 * cell of the same zone on their other side. Cells of two sizes meet without sharing corners, so
 * what lies beyond a side is looked up.
 */
function zonesOf(cells) {
  const zones = new Map();
  for (const { zone, status, outline } of cells) {
    const served = status === 'active';
    const key = `${zone} ${served}`;
    if (!zones.has(key)) zones.set(key, { served, cells: [] });
    zones.get(key).cells.push(outline);
  }
  const fills = [];
  const edges = [];
  for (const { served, cells: outlines } of zones.values()) {
    const properties = { served };
    const shapes = outlines.map((outline) => [[...outline, outline[0]]]);
    fills.push({ type: 'Feature', properties, geometry: { type: 'MultiPolygon', coordinates: shapes } });
    const lines = chained(outerSides(outlines));
    edges.push({ type: 'Feature', properties, geometry: { type: 'MultiLineString', coordinates: lines } });
  }
  const collection = (features) => ({ type: 'FeatureCollection', features });
  return { fills: collection(fills), edges: collection(edges) };
}

const corner = ([lon, lat]) => `${lon.toFixed(5)},${lat.toFixed(5)}`;

function outerSides(outlines) {
  const sides = new Map();
  for (const outline of outlines) {
    outline.forEach((from, i) => {
      const to = outline[(i + 1) % outline.length];
      const [a, b] = [corner(from), corner(to)];
      const key = a < b ? `${a} ${b}` : `${b} ${a}`;
      if (sides.has(key)) sides.delete(key);
      else sides.set(key, { from, to, outline });
    });
  }
  // About a kilometre a square: a cell is in few of them.
  const square = (n) => Math.floor(n * 100);
  const grid = new Map();
  for (const outline of outlines) {
    const lons = outline.map(([lon]) => square(lon));
    const lats = outline.map(([, lat]) => square(lat));
    for (let c = Math.min(...lons); c <= Math.max(...lons); c += 1) {
      for (let r = Math.min(...lats); r <= Math.max(...lats); r += 1) {
        const key = `${c},${r}`;
        if (grid.has(key)) grid.get(key).push(outline);
        else grid.set(key, [outline]);
      }
    }
  }
  return [...sides.values()].filter(({ from, to, outline }) => {
    const beyond = stepOut(from, to, outline);
    const near = grid.get(`${square(beyond[0])},${square(beyond[1])}`) ?? [];
    return !near.some((other) => other !== outline && inside(beyond, other));
  });
}

/** A point just outside the middle of a side. */
function stepOut(from, to, outline) {
  const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const centre = [0, 1].map((i) => outline.reduce((sum, point) => sum + point[i], 0) / outline.length);
  return [0, 1].map((i) => middle[i] + (middle[i] - centre[i]) * 0.15);
}

function inside([x, y], outline) {
  let within = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i, i += 1) {
    const [[ax, ay], [bx, by]] = [outline[i], outline[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/** Sides that follow each other, as few long lines. */
function chained(sides) {
  const from = new Map();
  for (const side of sides) {
    const key = corner(side.from);
    if (from.has(key)) from.get(key).push(side);
    else from.set(key, [side]);
  }
  const used = new Set();
  const lines = [];
  for (const first of sides) {
    if (used.has(first)) continue;
    used.add(first);
    const line = [first.from, first.to];
    for (;;) {
      const next = from.get(corner(line.at(-1)))?.find((side) => !used.has(side));
      if (!next) break;
      used.add(next);
      line.push(next.to);
    }
    lines.push(line);
  }
  return lines;
}
