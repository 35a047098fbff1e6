// What happened, what is running, and what programs fetched.
import * as api from './api.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { store, watch } from './store.js';
import { ago, count, many, size } from './words.js';

const SHOWN = 200;
const BEAT = 3000;
const STATES = { running: 'busy', queued: 'off', waiting: 'off', failed: 'bad', cancelled: 'off' };

function eventRow(event) {
  const mark = event.state === 'ended' ? 'off' : ['conflict', 'held', 'only_here', 'failed', 'away', 'out_of_sync', 'at_risk', 'gap'].includes(event.kind) ? 'warn' : ['damaged', 'in_doubt', 'disk', 'low_disk', 'loop'].includes(event.kind) ? 'bad' : 'off';
  return h(
    'li',
    { class: 'row event', 'data-key': `event-${event.id}` },
    h('span', { class: 'quiet' }, ago(event.time)),
    h('span', {}, h('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }), event.state === 'ended' ? 'ended: ' : '', event.text),
  );
}

customElements.define(
  'realize-activity',
  class extends HTMLElement {
    kind = '';
    text = '';
    jobs = [];
    fetches = [];
    problem = '';

    connectedCallback() {
      this.end = watch(() => this.render());
      this.timer = setInterval(() => this.load(), BEAT);
      this.load();
    }

    disconnectedCallback() {
      this.end();
      clearInterval(this.timer);
    }

    async load() {
      if (document.hidden || store.link !== 'live') {
        return;
      }
      try {
        this.jobs = (await api.ask('job-order', { action: 'list', paths: [] })).jobs;
        this.fetches = (await api.ask('read-fetches')).fetches.reverse();
        this.problem = '';
      } catch (e) {
        this.problem = e.message;
      }
      this.render();
    }

    wanted(event) {
      const text = this.text.toLowerCase();
      return (!this.kind || event.kind === this.kind) && (!text || event.text.toLowerCase().includes(text));
    }

    render() {
      const kinds = [...new Set(store.events.map((event) => event.kind))].sort();
      const events = store.events.filter((event) => this.wanted(event)).reverse();
      show(
        this,
        h('h2', { class: 'sentence' }, this.jobs.length ? `${many(this.jobs.length, 'file')} to work on` : 'Nothing is left to do.'),
        this.problem && h('p', { class: 'problem', role: 'alert' }, this.problem),
        this.jobs.length > 0 && this.work(),
        h('h3', {}, 'Events'),
        h(
          'div',
          { class: 'filter' },
          h('label', {}, 'Search ', h('input', { type: 'search', value: this.text, oninput: (e) => this.filter('text', e.target.value) })),
          h(
            'label',
            {},
            'Kind ',
            h('select', { onchange: (e) => this.filter('kind', e.target.value) }, h('option', { value: '' }, 'all'), kinds.map((kind) => h('option', { value: kind }, kind.replaceAll('_', ' ')))),
          ),
        ),
        events.length
          ? h('ul', { class: 'rows' }, events.slice(0, SHOWN).map(eventRow))
          : h('p', { class: 'quiet' }, store.events.length ? 'No event is like that.' : 'Nothing has happened since the daemon began.'),
        events.length > SHOWN && h('p', { class: 'quiet' }, `and ${count(events.length - SHOWN)} more`),
        h('h3', {}, 'Programs that fetched by reading'),
        this.fetches.length
          ? h('ul', { class: 'rows' }, this.programs().map(([name, sum]) => h('li', { class: 'row' }, h('strong', {}, name), h('span', { class: 'number' }, size(sum.bytes)), h('span', {}, many(sum.files, 'file')), h('span', { class: 'quiet' }, 'last ', h('code', {}, sum.path)))))
          : h('p', { class: 'quiet' }, 'None yet: no program has read a file in the mount that was not here.'),
      );
    }

    filter(name, value) {
      this[name] = value;
      this.render();
    }

    work() {
      const failed = this.jobs.filter((job) => job.state !== 'queued' && job.state !== 'running').length;
      return h(
        'section',
        {},
        h(
          'ul',
          { class: 'rows' },
          this.jobs.slice(0, SHOWN).map((job) =>
            h(
              'li',
              { class: 'row job', 'data-key': `job-${job.arena}/${job.path}` },
              h('span', {}, h('span', { class: `mark ${STATES[job.state]}`, 'aria-hidden': 'true' }), `${job.state}: ${job.kind}`),
              h('span', { class: 'number' }, size(job.bytes)),
              h('code', {}, `${job.arena}/${job.path}`),
              job.cause && h('span', { class: 'quiet' }, job.cause),
            ),
          ),
        ),
        failed > 0 &&
          decision(
            'retry',
            [{ label: 'Retry', will: `What failed, waits for a peer or was cancelled is tried again at once: ${many(failed, 'file')}.`, act: () => api.ask('job-order', { action: 'retry', paths: [] }).then(() => this.load()) }],
            () => this.render(),
          ),
      );
    }

    programs() {
      const sums = new Map();
      for (const fetch of this.fetches) {
        const sum = sums.get(fetch.program) ?? { bytes: 0, files: 0, path: fetch.path };
        sums.set(fetch.program, { ...sum, bytes: sum.bytes + fetch.bytes, files: sum.files + 1 });
      }
      return [...sums];
    }
  },
);
