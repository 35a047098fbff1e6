// The versions of a conflict side by side: a line diff of texts, pictures as they are. Nothing is fetched unasked.
import * as api from './api.js';
import { h, show } from './dom.js';
import { ago, count, list, size, visible } from './words.js';

const MAX_PICTURE = 2 * 1024 * 1024;

/** Lines around a change that are shown. */
const CONTEXT = 3;

/** Pairs of lines that are compared; a larger change is shown as removed and added. */
const MAX_PAIRS = 4000000;

const MAX_ROWS = 2000;

/** The rows of a diff: [' ', '-' or '+', line]. */
export function diff(before, after) {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    start++;
  }
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
    end++;
  }
  const same = (lines) => lines.map((line) => [' ', line]);
  return [...same(a.slice(0, start)), ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...same(a.slice(a.length - end))];
}

/** By the longest common subsequence. */
function middle(a, b) {
  if (a.length * b.length > MAX_PAIRS) {
    return [...a.map((line) => ['-', line]), ...b.map((line) => ['+', line])];
  }
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const rows = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      rows.push([' ', a[i++]]);
      j++;
    } else if (j === b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      rows.push(['-', a[i++]]);
    } else {
      rows.push(['+', b[j++]]);
    }
  }
  return rows;
}

function rowsShown(rows) {
  const near = rows.map(() => false);
  rows.forEach(([sign], i) => {
    if (sign !== ' ') {
      near.fill(true, Math.max(0, i - CONTEXT), i + CONTEXT + 1);
    }
  });
  const shown = [];
  let left = 0;
  rows.forEach(([sign, line], i) => {
    if (near[i]) {
      left > 0 && shown.push(['…', `${count(left)} equal`]);
      left = 0;
      shown.push([sign, line]);
    } else {
      left++;
    }
  });
  left > 0 && shown.push(['…', `${count(left)} equal`]);
  return shown;
}

const WORDS = { '-': 'only in the first', '+': 'only in the second' };
const CLASSES = { '-': 'gone', '+': 'new', '…': 'quiet' };

function diffView(path, first, second) {
  const rows = rowsShown(diff(first.preview.text, second.preview.text));
  return h(
    'div',
    { class: 'diff', tabindex: 0, role: 'region', 'aria-label': `Differences of ${path.arena}/${path.path}, ${second.version.hash.slice(0, 8)}` },
    h('p', { class: 'quiet' }, `− ${first.version.maker}'s, + ${second.version.maker}'s`),
    h(
      'ol',
      {},
      rows.slice(0, MAX_ROWS).map(([sign, line]) =>
        h('li', { class: CLASSES[sign] }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign === '-' ? '−' : sign), WORDS[sign] && h('span', { class: 'spoken' }, `${WORDS[sign]}: `), visible(line))),
    ),
    rows.length > MAX_ROWS && h('p', { class: 'quiet' }, `and ${count(rows.length - MAX_ROWS)} more lines`),
  );
}

customElements.define(
  'realize-compare',
  class extends HTMLElement {
    static observedAttributes = ['data-conflict'];
    sides = [];

    connectedCallback() {
      this.seen = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          this.seen.disconnect();
          this.isSeen = true;
          this.load();
        }
      });
      this.seen.observe(this);
    }

    disconnectedCallback() {
      this.seen.disconnect();
    }

    attributeChangedCallback() {
      const { arena, path, versions } = JSON.parse(this.dataset.conflict);
      this.path = { arena, path };
      // the same object as before: an answer that is under way is written to it
      this.sides = versions.map((version) =>
        Object.assign(this.sides.find((side) => side.version.hash === version.hash) ?? {}, { version }),
      );
      this.render();
      if (this.isSeen) {
        this.load();
      }
    }

    load() {
      for (const side of this.sides) {
        if (!side.preview && !side.isAsked && side.version.kind === 'file' && side.version.bytes <= MAX_PICTURE) {
          this.ask(side, false);
        }
      }
    }

    async ask(side, fetch) {
      side.isAsked = true;
      side.problem = '';
      this.render();
      try {
        side.preview = await api.ask('preview-query', { path: this.path, hash: side.version.hash, fetch, withPicture: false });
      } catch (e) {
        side.problem = e.message;
      }
      side.isAsked = false;
      this.render();
    }

    render() {
      const texts = this.sides.filter((side) => side.preview?.kind === 'text');
      const [first, ...others] = texts;
      show(
        this,
        h('div', { class: 'sides' }, this.sides.map((side) => this.side(side))),
        others.map((other) => diffView(this.path, first, other)),
      );
    }

    side(side) {
      const { version, preview } = side;
      const what = version.kind === 'deleted' ? 'deleted' : version.kind === 'file' ? size(version.bytes) : version.kind;
      return h(
        'div',
        { class: 'side' },
        h('h4', {}, version.maker, version.shown && h('span', { class: 'quiet' }, ' shown here')),
        h('p', {}, h('span', { class: 'number' }, what), ', ', ago(version.made)),
        version.kind === 'file' && h('p', { class: 'quiet' }, version.holders.length ? `held by ${list(version.holders)}` : 'nobody has its bytes'),
        version.hash && h('p', { class: 'quiet' }, h('code', {}, version.hash.slice(0, 8))),
        preview?.kind === 'picture' && h('img', { src: api.pictureAddress(this.path, version.hash), alt: `The picture as ${version.maker} has it` }),
        preview?.kind === 'elsewhere' &&
          version.holders.length > 0 &&
          h('button', { type: 'button', disabled: side.isAsked, onclick: () => this.ask(side, true) }, side.isAsked ? 'Working…' : `Fetch ${size(version.bytes)} to compare`),
        side.problem && h('p', { class: 'problem', role: 'alert' }, side.problem),
      );
    }
  },
);
