// What waits for the user: a card for each decision.
import * as api from './api.js';
import './compare.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { heldBy, isDamage, needs, store, watch } from './store.js';
import { command, count, many, size } from './words.js';

const SHOWN = 100;

/** A path as a pattern that only matches itself: the daemon takes paths of conflicts for globs and directories. */
function exactly(path) {
  const escaped = path.replace(/[\\*?[\]{}]/g, '\\$&');
  return escaped.startsWith('\\') ? escaped : `\\${escaped}`;
}

function useOf(version) {
  if (version.hash) {
    return version.hash;
  }
  return version.kind === 'deleted' ? 'deleted' : version.real ? 'mine' : version.maker;
}

function what(version) {
  return version.kind === 'deleted' ? 'deleted' : version.kind === 'file' ? size(version.bytes) : version.kind;
}

function choices(conflict, view) {
  const resolve = (use) => async () => {
    await api.ask('conflict-order', { paths: [{ arena: conflict.arena, path: exactly(conflict.path) }], use });
    view.reload();
  };
  const names = conflict.versions.map((version) => version.maker);
  const each = conflict.versions.map((version, i) => {
    const twice = names.indexOf(version.maker) !== names.lastIndexOf(version.maker);
    const tail = twice ? ` (${version.hash?.slice(0, 8) ?? version.kind})` : '';
    const label = version.kind === 'deleted' ? `Delete, as ${version.maker}${tail}` : `Keep ${version.maker}'s${tail}`;
    const others = conflict.versions.length === 2 ? 'The other one goes' : 'The others go';
    return {
      label,
      danger: version.kind === 'deleted',
      will:
        version.kind === 'deleted'
          ? `The file is removed on every peer, as ${version.maker} did. What real files held goes to their trash.`
          : `The version of ${version.maker} (${what(version)}) becomes the one of every peer. ${others} to the trash of each peer that keeps the file.`,
      act: resolve(useOf(version)),
      key: i,
    };
  });
  if (conflict.versions.every((version) => version.kind === 'file')) {
    each.push({
      label: 'Keep both',
      will: 'One version keeps the name, the other one becomes a file beside it, with the first digits of its hash in its name.',
      act: resolve('both'),
    });
  }
  return each;
}

function conflictCard(conflict, view) {
  const name = `${conflict.arena}/${conflict.path}`;
  return h(
    'article',
    { class: 'card', 'data-key': `conflict-${name}` },
    h('h3', {}, h('span', { class: 'mark warn', 'aria-hidden': 'true' }), 'Conflict: ', h('code', {}, name)),
    h('p', {}, 'It was changed on both sides. Nothing is lost; each machine goes on showing its own until you choose.'),
    h('realize-compare', { 'data-conflict': JSON.stringify(conflict) }),
    decision(`conflict-${name}`, choices(conflict, view), view.changed),
  );
}

function heldCard({ arena, cause, findings }, view) {
  const shown = findings.slice(0, 5).map((finding) => finding.subject);
  return h(
    'article',
    { class: 'card', 'data-key': `held-${arena}-${cause}` },
    h('h3', {}, h('span', { class: 'mark warn', 'aria-hidden': 'true' }), 'Held: ', h('code', {}, arena)),
    h('p', {}, cause),
    h('ul', { class: 'sample' }, shown.map((path) => h('li', {}, h('code', {}, path || arena))), findings.length > shown.length && h('li', {}, `and ${count(findings.length - shown.length)} more`)),
    decision(
      `held-${arena}-${cause}`,
      [
        {
          label: 'Let it pass',
          danger: true,
          will: `All held changes of ${arena} are made here. What real files held goes to their trash. If the root of ${arena} is in doubt, it is accepted as it is, too.`,
          act: () => api.ask('confirm', { arena, place: '' }).then(view.reload),
        },
        {
          label: 'Keep what is here',
          will: `What is here becomes the newer version of all held changes of ${arena}, and every peer gets it back.`,
          act: () => api.ask('reject', { arena }).then(view.reload),
        },
      ],
      view.changed,
    ),
  );
}

function doubtCard(arena, finding, view) {
  const place = finding.subject ? `${arena.name}/${finding.subject}` : arena.name;
  return h(
    'article',
    { class: 'card', 'data-key': `doubt-${place}` },
    h('h3', {}, h('span', { class: 'mark bad', 'aria-hidden': 'true' }), 'In doubt: ', h('code', {}, place)),
    h('p', {}, finding.cause),
    h('p', {}, 'Nothing there counts as removed, and nothing is changed, until you decide. If a disk is not mounted, mount it: the doubt ends by itself.'),
    decision(
      `doubt-${place}`,
      [
        {
          label: 'Accept it as it is',
          danger: true,
          will: 'What is on this disk now counts. What is missing there is not removed elsewhere; files that peers have come back where the mark asks for them.' +
            (finding.subject ? '' : ' All held changes of this arena are made, too.'),
          act: () => api.ask('confirm', { arena: arena.name, place: finding.subject }).then(view.reload),
        },
      ],
      view.changed,
    ),
  );
}

function damageCard(arena, finding, view) {
  return h(
    'article',
    { class: 'card', 'data-key': `damage-${arena.name}-${finding.source.part}-${finding.subject}` },
    h('h3', {}, h('span', { class: 'mark bad', 'aria-hidden': 'true' }), 'Damaged: ', h('code', {}, `${arena.name}/${finding.subject}`)),
    h('p', {}, finding.cause),
    finding.source.part === 'real_scrub'
      ? decision(
          `damage-${arena.name}-${finding.subject}`,
          [
            {
              label: 'Verify again',
              will: 'All bytes of the file are read and compared with their hashes. Wrong ones are replaced from a peer that has the right ones; the differing file is kept in trash.',
              act: () => api.work('cache-order', { task: 'verify', paths: [{ arena: arena.name, path: finding.subject }] }).then(view.reload),
            },
          ],
          view.changed,
        )
      : h('p', {}, command('realize verify'), ' reads all again and repairs what it can.'),
  );
}

customElements.define(
  'realize-needs',
  class extends HTMLElement {
    conflicts = [];
    count = 0;
    problem = '';
    seen = '';

    connectedCallback() {
      this.end = watch(() => this.update());
    }

    disconnectedCallback() {
      this.end();
    }

    /** Asks again when the status says that there are others. */
    update() {
      const { status } = store;
      if (!status) {
        return;
      }
      const seen = JSON.stringify(status.arenas.map((arena) => [arena.name, arena.conflicts])) + store.events.findLast((event) => event.kind === 'conflict')?.id;
      if (seen !== this.seen) {
        this.seen = seen;
        this.reload();
      }
      this.changed();
    }

    reload = async () => {
      try {
        const report = await api.ask('conflict-order', { paths: [] });
        this.conflicts = report.conflicts.sort((a, b) => newest(b) - newest(a));
        this.count = report.count;
        this.problem = '';
      } catch (e) {
        this.problem = e.message;
      }
      this.changed();
    };

    changed = () => {
      const { status } = store;
      const waiting = needs(status);
      const cards = [
        ...status.arenas.flatMap((arena) => arena.findings.filter((finding) => finding.kind === 'paused').map((finding) => doubtCard(arena, finding, this))),
        ...status.arenas.flatMap((arena) => heldBy(arena).map((held) => heldCard(held, this))),
        ...status.arenas.flatMap((arena) => arena.findings.filter(isDamage).map((finding) => damageCard(arena, finding, this))),
        ...this.conflicts.slice(0, SHOWN).map((conflict) => conflictCard(conflict, this)),
      ];
      show(
        this,
        h('h2', { class: 'sentence' }, cards.length ? `${many(Math.max(waiting.all, cards.length), 'decision')} to take` : 'Nothing needs you.'),
        this.problem && h('p', { class: 'problem', role: 'alert' }, this.problem),
        cards.length === 0 && h('p', { class: 'quiet' }, 'Conflicts, held removals, disks in doubt and damage appear here. Until you decide, nothing is overwritten or removed.'),
        cards,
        this.count > SHOWN && h('p', {}, `${count(this.count - SHOWN)} more conflicts; `, command('realize conflict resolve'), ' takes globs.'),
      );
    };
  },
);

function newest(conflict) {
  return Math.max(...conflict.versions.map((version) => Date.parse(version.made)));
}
