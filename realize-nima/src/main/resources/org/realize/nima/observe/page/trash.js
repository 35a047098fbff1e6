// What Realize took out of roots, by day.
import * as api from './api.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { ago, count, day, many, size } from './words.js';

const STEP = 200;

customElements.define(
  'realize-trash',
  class extends HTMLElement {
    report = null;
    text = '';
    shown = STEP;
    problem = '';

    connectedCallback() {
      this.load();
    }

    load = async () => {
      try {
        this.report = await api.ask('version-query', { paths: [], withCurrent: false });
        this.report.versions.sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
        this.problem = '';
      } catch (e) {
        this.problem = e.message;
      }
      this.render();
    };

    render() {
      const { report } = this;
      const text = this.text.toLowerCase();
      const versions = (report?.versions ?? []).filter((version) => `${version.arena}/${version.path}`.toLowerCase().includes(text));
      const days = new Map();
      for (const version of versions.slice(0, this.shown)) {
        const name = day(version.time);
        days.set(name, [...(days.get(name) ?? []), version]);
      }
      show(
        this,
        h('h2', { class: 'sentence' }, !report ? 'Trash' : report.count ? `${many(report.count, 'file')}, ${size(report.bytes)}, in the trash` : 'The trash is empty.'),
        this.problem && h('p', { class: 'problem', role: 'alert' }, this.problem),
        h('p', { class: 'quiet' }, 'Whatever Realize takes out of a root comes here first. It is deleted by age and size, by default after 30 days.'),
        report?.count > 0 && h('div', { class: 'filter' }, h('label', {}, 'Search ', h('input', { type: 'search', value: this.text, oninput: (e) => { this.text = e.target.value; this.render(); } }))),
        [...days].map(([name, files]) => h('section', { 'data-key': `day-${name}` }, h('h3', {}, name), h('ul', { class: 'rows' }, files.map((file) => this.row(file))))),
        versions.length > this.shown && h('button', { type: 'button', onclick: () => { this.shown += STEP; this.render(); } }, `Show more of ${count(versions.length)}`),
      );
    }

    row(file) {
      const name = `${file.arena}/${file.path}`;
      const path = { arena: file.arena, path: file.path };
      return h(
        'li',
        { class: 'row trashed', 'data-key': `trash-${name}-${file.id}` },
        h('code', {}, name),
        h('span', { class: 'number' }, size(file.bytes)),
        h('span', { class: 'quiet' }, ago(file.time)),
        decision(
          `trash-${name}-${file.id}`,
          [
            {
              label: 'Restore',
              will: `This version becomes ${name} again. What has the name now goes to the trash.`,
              act: () => api.work('trash-order', { action: 'restore', paths: [path], id: file.id, target: null }).then(this.load),
            },
            {
              label: 'Delete for good',
              danger: true,
              will: `All versions of ${name} in the trash of this machine are deleted. This cannot be undone.`,
              act: () => api.work('trash-order', { action: 'purge', paths: [path], id: null, target: null }).then(this.load),
            },
          ],
          () => this.render(),
        ),
      );
    }
  },
);
