// What the map is drawn with: the design's colours, shapes and names, as images.

/** The design's colours as they are now, and what is drawn with them, ready to be stamped. */
export class Palette {
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
