// The tree that the mount shows: where the bytes of each file are, marks, versions.
import * as api from './api.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { store, watch } from './store.js';
import { ago, list, many, size } from './words.js';

const PAGE = 200;

const STATES = {
  real: { mark: 'good', word: 'real' },
  cached: { mark: 'good', word: 'cached' },
  partly: { mark: 'busy', word: 'cached' },
  elsewhere: { mark: 'off', word: 'elsewhere' },
  nowhere: { mark: 'bad', word: 'nobody has it' },
};

const MARKS = {
  watch: 'Bytes come on demand, and may be evicted.',
  keep: 'It is cached whole, and never evicted.',
  own: 'It becomes a real file below the root, and follows updates.',
};

function address(arena, path) {
  return `#/files?${new URLSearchParams({ arena, path })}`;
}

function below(directory, name) {
  return directory ? `${directory}/${name}` : name;
}

customElements.define(
  'realize-files',
  class extends HTMLElement {
    arena = '';
    path = '';
    entries = [];
    next = null;
    problem = '';
    selected = null;
    versions = null;

    static observedAttributes = ['data-place'];

    connectedCallback() {
      this.end = watch(() => this.open());
    }

    attributeChangedCallback() {
      if (this.isConnected) {
        this.open();
      }
    }

    disconnectedCallback() {
      this.end();
    }

    /** Follows the address of the page. */
    open() {
      const place = new URLSearchParams(location.hash.split('?')[1] ?? '');
      const arena = place.get('arena') ?? '';
      const path = place.get('path') ?? '';
      if (arena !== this.arena || path !== this.path) {
        Object.assign(this, { arena, path, entries: [], next: null, selected: null, versions: null, problem: '' });
        this.load();
      }
      this.render();
    }

    load = async (after = null) => {
      const { arena, path } = this;
      if (!arena) {
        return;
      }
      try {
        const page = await api.ask('file-query', { directory: { arena, path }, after, max: PAGE });
        if (arena === this.arena && path === this.path) {
          this.entries = after === null ? page.entries : [...this.entries, ...page.entries];
          this.next = page.next ?? null;
          this.problem = '';
        }
      } catch (e) {
        this.problem = e.message;
      }
      this.render();
    };

    async select(name) {
      this.selected = this.selected === name ? null : name;
      this.versions = null;
      this.render();
      if (this.selected === null) {
        return;
      }
      try {
        const path = { arena: this.arena, path: below(this.path, name) };
        const report = await api.ask('version-query', { paths: [path], withCurrent: true });
        if (this.selected === name) {
          this.versions = report.versions;
        }
      } catch (e) {
        this.problem = e.message;
      }
      this.render();
    }

    changed = () => this.render();

    render() {
      if (!this.arena) {
        show(
          this,
          h('h2', { class: 'sentence' }, 'Files'),
          h('ul', { class: 'rows' }, (store.status?.arenas ?? []).map((arena) =>
            h('li', { class: 'row file' }, h('a', { href: address(arena.name, '') }, arena.name), h('span', { class: 'number' }, size(arena.bytes)), h('span', { class: 'quiet' }, many(arena.files, 'file'))))),
        );
        return;
      }
      show(
        this,
        this.crumbs(),
        this.problem && h('p', { class: 'problem', role: 'alert' }, this.problem),
        this.entries.length === 0 && !this.problem && h('p', { class: 'quiet' }, 'Nothing is here.'),
        h('ul', { class: 'rows' }, this.entries.map((entry) => this.row(entry))),
        this.next !== null && h('button', { type: 'button', onclick: () => this.load(this.next) }, 'Show more'),
      );
    }

    crumbs() {
      const parts = this.path ? this.path.split('/') : [];
      const steps = [h('a', { href: '#/files' }, 'Files'), h('a', { href: address(this.arena, '') }, this.arena)];
      parts.forEach((part, i) => steps.push(h('a', { href: address(this.arena, parts.slice(0, i + 1).join('/')) }, part)));
      return h('h2', { class: 'sentence crumbs' }, steps.map((step, i) => [i > 0 && h('span', { class: 'quiet' }, ' / '), step]));
    }

    row(entry) {
      const isDirectory = entry.kind === 'directory';
      const isSelected = this.selected === entry.name;
      return h(
        'li',
        { class: 'row file', 'data-key': `file-${entry.name}` },
        isDirectory
          ? h('a', { href: address(this.arena, below(this.path, entry.name)) }, `${entry.name}/`)
          : h('span', {}, entry.name),
        h('span', { class: 'number' }, entry.kind === 'file' ? size(entry.bytes) : entry.kind),
        h('span', { class: 'quiet' }, ago(entry.changed)),
        h('span', { class: 'state' }, this.state(entry)),
        h('button', { type: 'button', class: 'more', 'aria-expanded': String(isSelected), 'aria-label': `${isSelected ? 'Close' : 'Details'}: ${entry.name}`, onclick: () => this.select(entry.name) }, isSelected ? 'Close' : 'Details'),
        isSelected && this.panel(entry),
      );
    }

    state(entry) {
      const parts = [];
      if (entry.isConflict) {
        parts.push(h('a', { href: '#/needs' }, h('span', { class: 'mark warn', 'aria-hidden': 'true' }), 'conflict'));
      } else if (entry.state) {
        const { mark, word } = STATES[entry.state];
        const isOnlyHere = entry.holders.length === 1 && entry.holders[0] === store.status?.node;
        const part = entry.state === 'partly' ? ` ${Math.floor((100 * entry.cachedBytes) / entry.bytes)} %` : '';
        parts.push(h('span', { class: `mark ${isOnlyHere ? 'warn' : mark}`, 'aria-hidden': 'true' }), `${word}${part}${isOnlyHere ? ', only here' : ''}`);
      }
      return parts;
    }

    panel(entry) {
      const path = { arena: this.arena, path: below(this.path, entry.name) };
      const name = `${path.arena}/${path.path}`;
      return h(
        'div',
        { class: 'panel', 'data-key': `panel-${entry.name}` },
        h(
          'dl',
          {},
          h('dt', {}, 'Mark'),
          h('dd', {}, `${entry.mark}${entry.isInherited ? ', inherited' : ', its own'}`),
          entry.kind === 'file' && [h('dt', {}, 'Held by'), h('dd', {}, entry.holders.length ? list(entry.holders) : 'nobody that is known')],
          store.status?.mount && [h('dt', {}, 'In the mount'), h('dd', {}, h('code', {}, `${store.status.mount}/${name}`))],
        ),
        decision(`file-${name}`, this.choices(entry, path, name), this.changed),
        entry.kind === 'file' && this.versionList(path, name),
      );
    }

    choices(entry, path, name) {
      const mark = (action, value) => () => api.ask('mark-order', { action, mark: value, paths: [path] }).then(() => this.load());
      const all = Object.entries(MARKS)
        .filter(([value]) => value !== entry.mark || entry.isInherited)
        .map(([value, will]) => ({ label: `Mark ${value}`, will: `${name}: ${will}`, act: mark('set', value) }));
      if (!entry.isInherited) {
        all.push({ label: 'Inherit the mark', will: `${name} has the mark of the directory above it again.`, act: mark('clear', null) });
      }
      if (entry.kind === 'deleted' || entry.kind === 'link') {
        return all;
      }
      const work = (task) => () => api.work('cache-order', { task, paths: [path] }).then(() => this.load());
      all.push(
        { label: 'Fetch', will: `All bytes of ${name} are fetched now.`, act: work('fetch') },
        { label: 'Evict', will: `Cached bytes of ${name} that other peers have are given up here. Real files stay.`, act: work('evict') },
        { label: 'Verify', will: `The bytes of ${name} that are here are compared with their hashes, and repaired from peers.`, act: work('verify') },
      );
      return all;
    }

    versionList(path, name) {
      if (this.versions === null) {
        return h('p', { class: 'quiet' }, 'Looking for versions.');
      }
      return h(
        'ul',
        { class: 'rows' },
        this.versions.map((version) =>
          h(
            'li',
            { class: 'row version', 'data-key': `version-${version.id ?? version.hash}` },
            h('span', {}, version.place === 'shown' ? 'shown now' : version.place),
            h('span', { class: 'number' }, size(version.bytes)),
            h('span', { class: 'quiet' }, ago(version.time)),
            version.place !== 'shown' &&
              decision(
                `version-${name}-${version.id ?? version.hash}`,
                [
                  {
                    label: version.place === 'trash' ? 'Restore' : 'Use this one',
                    will: `This version becomes ${name} on every peer. What has the name now goes to the trash.`,
                    act: () => api.work('version-choice', { path, version: String(version.id ?? version.hash) }).then(() => this.load()),
                  },
                ],
                this.changed,
              ),
          ),
        ),
      );
    }
  },
);
