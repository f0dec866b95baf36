// The ground: land, zones and names, as MapLibre takes them.

export function groundStyle(palette) {
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

/** Another theme. */
export function recolour(ground, palette) {
  ground.setPaintProperty('land', 'background-color', palette.rgba('--map-land'));
  ground.setPaintProperty('zones', 'fill-color', palette.rgba('--map-zone'));
  ground.setPaintProperty('cells', 'line-color', palette.rgba('--map-zone-edge'));
  ground.setPaintProperty('edges', 'line-color', palette.rgba('--map-zone-edge'));
  ground.setPaintProperty('planned-edges', 'line-color', palette.rgba('--line-strong'));
}

/**
 * Micro-zones, one shape a zone, and the zones' outer edges: the sides of cells that have no
 * cell of the same zone on their other side. Cells of two sizes meet without sharing corners, so
 * what lies beyond a side is looked up.
 */
export function zonesOf(cells) {
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
