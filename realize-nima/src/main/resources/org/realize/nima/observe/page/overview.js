// Is all well, and what is going on.
import { h, show } from './dom.js';
import { arenaSettings } from './limits.js';
import { isInSync, needs, rate, store, watch } from './store.js';
import { ago, command, count, list, many, size, span, until } from './words.js';

const PHASES = {
  scanning: (phase) => (phase.total < 0 ? `scanning, ${many(phase.done, 'file')} so far` : `scanning ${count(phase.done)} of ${many(phase.total, 'file')}`),
  hashing: (phase) => `hashing ${many(phase.total, 'large file')}`,
  settling: () => 'looking at files that changed',
  in_doubt: () => 'in doubt',
  catching_up: (phase) => `catching up with ${phase.peer}${phase.total < 0 ? '' : `, ${many(phase.total, 'change')} left`}`,
  looking: () => 'looking at all paths',
  working: () => 'syncing',
  handing_over: (phase) => `waiting for ${phase.peer} to read the changes`,
  in_sync: () => 'in sync',
};

/** The state of an arena in words, with a mark beside them. */
export function arenaState(arena) {
  const { work, phase } = arena;
  if (phase.kind === 'in_doubt') {
    return { mark: 'bad', text: 'in doubt' };
  }
  if (arena.pausedUntil) {
    return { mark: 'busy', text: until(arena.pausedUntil) };
  }
  const open = [];
  if (work.waiting) {
    open.push(`${count(work.waiting)} wait for a peer`);
  }
  if (work.failed) {
    open.push(`${count(work.failed)} failed`);
  }
  if (work.cancelled) {
    open.push(`${count(work.cancelled)} cancelled`);
  }
  const tail = open.length ? `, ${open.join(', ')}` : '';
  if (isInSync(arena)) {
    return { mark: work.failed ? 'warn' : 'good', text: `in sync${tail}` };
  }
  let text = (PHASES[phase.kind] ?? (() => phase.kind))(phase);
  if (work.files > 0) {
    text = `${phase.kind === 'working' ? 'syncing' : `${text}; syncing`} ${many(work.files, 'file')}, ${size(work.bytes)}`;
    text += work.bytesPerSecond > 0 ? `, ${size(work.bytesPerSecond)}/s` : '';
    text += work.secondsLeft >= 0 && !work.walking ? `, ${span(work.secondsLeft)} left` : '';
  }
  return { mark: 'busy', text: text + tail };
}

/** One sentence: is all well? */
export function verdict(status) {
  const { arenas, peers } = status;
  const connected = peers.filter((peer) => peer.connected).map((peer) => peer.name);
  const which = arenas.length === 1 ? `The arena ${arenas[0].name}` : `All ${arenas.length} arenas`;
  const are = arenas.length === 1 ? 'is' : 'are';
  const doubts = arenas.filter((arena) => arena.phase.kind === 'in_doubt');
  const open = arenas.filter((arena) => !isInSync(arena));
  if (arenas.length === 0) {
    return 'Nothing is shared yet.';
  }
  if (doubts.length) {
    return `${list(doubts.map((arena) => arena.name))} ${doubts.length === 1 ? 'is' : 'are'} in doubt: nothing is synced there until you decide.`;
  }
  if (open.length) {
    const files = open.reduce((sum, arena) => sum + arena.work.files, 0);
    const bytes = open.reduce((sum, arena) => sum + arena.work.bytes, 0);
    const what = files ? `: ${many(files, 'file')}, ${size(bytes)} left` : '';
    return `${list(open.map((arena) => arena.name))} ${open.length === 1 ? 'is' : 'are'} syncing${what}.`;
  }
  if (peers.length === 0) {
    return `${which} ${are} complete here. This node has no peer yet.`;
  }
  if (connected.length === 0) {
    return `${which} ${are} as they were when a peer was last connected; none is now.`;
  }
  return `${which} ${are} in sync with ${list(connected)}.`;
}

function notes(status) {
  const lines = [];
  const only = status.arenas.reduce((sum, arena) => sum + (arena.onlyHere?.files ?? 0), 0);
  const bytes = status.arenas.reduce((sum, arena) => sum + (arena.onlyHere?.bytes ?? 0), 0);
  const waiting = needs(status);
  const parts = [
    waiting.conflicts && many(waiting.conflicts, 'conflict'),
    waiting.held && `${many(waiting.held, 'held removal')}`,
    waiting.doubts && many(waiting.doubts, 'place') + ' in doubt',
    waiting.damage && `${count(waiting.damage)} damaged`,
  ].filter(Boolean);
  if (parts.length) {
    lines.push(h('a', { href: '#/needs' }, `${list(parts)} ${waiting.all === 1 ? 'needs' : 'need'} you.`));
  }
  if (only) {
    lines.push(
      h('span', {}, `${many(only, 'file')}, ${size(bytes)}, ${only === 1 ? 'is' : 'are'} only here; `, command('realize copies --at-risk'), ' lists them.'),
    );
  }
  if (status.disk) {
    lines.push(h('span', { class: 'problem' }, status.disk));
  }
  for (const loop of status.loops) {
    lines.push(h('span', { class: 'problem' }, `${loop.name}: ${loop.cause}`));
  }
  for (const program of status.overBudget) {
    lines.push(h('span', {}, program));
  }
  return lines;
}

/** How much of an arena is here: real files, cached, and elsewhere only. */
function bar(arena) {
  const all = Math.max(arena.bytes, arena.localBytes + arena.cachedBytes, 1);
  const real = (100 * arena.localBytes) / all;
  const cached = (100 * arena.cachedBytes) / all;
  const here = Math.min(100, Math.floor(real + cached));
  return h(
    'svg',
    {
      class: 'bar',
      viewBox: '0 0 100 8',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${arena.bytes === 0 ? 100 : here} % is here: ${size(arena.localBytes)} as real files, ${size(arena.cachedBytes)} cached`,
    },
    h('rect', { class: 'elsewhere', width: 100, height: 8 }),
    h('rect', { class: 'real', width: real.toFixed(2), height: 8 }),
    h('rect', { class: 'cached', x: real.toFixed(2), width: Math.min(cached, 100 - real).toFixed(2), height: 8 }),
  );
}

function arenaRow(arena, changed) {
  const { mark, text } = arenaState(arena);
  const others = arena.findings.filter((finding) => finding.kind === 'failed' || finding.kind === 'skipped');
  return h(
    'li',
    { class: 'row arena', 'data-key': `arena-${arena.name}` },
    h('div', { class: 'name' }, h('strong', {}, arena.name), ' ', h('span', { class: 'quiet' }, arena.mark)),
    h('div', { class: 'number' }, many(arena.files, 'file')),
    h('div', { class: 'number' }, size(arena.bytes)),
    h('div', { class: 'here' }, bar(arena), h('span', { class: 'quiet' }, hereText(arena))),
    h('div', { class: 'state' }, h('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }), text),
    others.length > 0 &&
      h(
        'details',
        { class: 'wide' },
        h('summary', {}, `${many(arena.counts.failed, 'failure')}, ${many(arena.counts.skipped, 'name')} skipped`),
        h('ul', {}, others.slice(0, 50).map((finding) => h('li', {}, h('code', {}, finding.subject || arena.name), ` ${finding.cause}`))),
      ),
    arenaSettings(arena, changed),
  );
}

function hereText(arena) {
  const parts = [];
  if (arena.localBytes) {
    parts.push(`${size(arena.localBytes)} real`);
  }
  if (arena.cachedBytes) {
    parts.push(`${size(arena.cachedBytes)} cached`);
  }
  return parts.length ? `${parts.join(', ')} here` : 'nothing here yet';
}

const WIDTH = 300;
const HEIGHT = 60;

/** Two lines, from and to peers, over the time that this page is open. */
function plot() {
  const { rates } = store;
  const top = Math.max(1024, ...rates.map((each) => Math.max(each.down, each.up)));
  const step = WIDTH / Math.max(30, rates.length - 1);
  const line = (name) =>
    rates.map((each, i) => `${i ? 'L' : 'M'}${(WIDTH - (rates.length - 1 - i) * step).toFixed(1)} ${(HEIGHT - 2 - (HEIGHT - 6) * (each[name] / top)).toFixed(1)}`).join('');
  const now = rate();
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'transfers' },
    h('h2', { id: 'transfers' }, 'Transfers'),
    h(
      'svg',
      {
        class: 'plot',
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `from peers ${size(Math.round(now.down))}/s, to peers ${size(Math.round(now.up))}/s`,
      },
      h('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 2, y2: HEIGHT - 2 }),
      h('path', { class: 'up', d: line('up') }),
      h('path', { class: 'down', d: line('down') }),
    ),
    h(
      'p',
      { class: 'quiet legend' },
      h('span', { class: 'down' }, `↓ ${size(Math.round(now.down))}/s`),
      h('span', { class: 'up' }, `↑ ${size(Math.round(now.up))}/s`),
      h('span', {}, rates.some((each) => each.down + each.up > 0) ? `top ${size(Math.round(top))}/s, since this page was opened` : 'nothing was moved since this page was opened'),
    ),
  );
}

function peerList(status) {
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'peers' },
    h('h2', { id: 'peers' }, 'Peers'),
    status.peers.length
      ? h('ul', { class: 'rows' }, status.peers.map((peer) => h('li', { class: 'row peer' }, h('strong', {}, peer.name), h('span', {}, peerState(peer)))))
      : h('p', {}, 'None yet. On the other machine, ', command('realize init'), ' prints its key; here, ', command('realize peer add NAME --pubkey FILE'), ' takes it.'),
  );
}

/** "connected for 4 d", or away and why. */
export function peerState(peer) {
  const paused = peer.pausedUntil ? `, ${until(peer.pausedUntil)}` : '';
  const mark = h('span', { class: `mark ${peer.connected ? 'good' : 'off'}`, 'aria-hidden': 'true' });
  if (peer.connected) {
    return [mark, 'connected ', peer.since ? ago(peer.since) : '', paused];
  }
  return [mark, 'away', peer.lastError ? `: ${peer.lastError}` : '', paused];
}

function render(view) {
  const { status } = store;
  show(
    view,
    h('section', { class: 'verdict' }, h('h2', { class: 'sentence' }, verdict(status)), notes(status).map((line) => h('p', {}, line))),
    status.arenas.length
      ? h('ul', { class: 'rows', 'aria-label': 'Arenas' }, status.arenas.map((arena) => arenaRow(arena, () => render(view))))
      : h('p', { class: 'empty' }, 'Share a directory with ', command('realize arena add photos --root /srv/photos'), ', or show one of a peer with ', command('realize arena add photos'), '.'),
    h('div', { class: 'columns' }, plot(), peerList(status)),
  );
}

customElements.define(
  'realize-overview',
  class extends HTMLElement {
    connectedCallback() {
      this.end = watch(() => store.status && render(this));
    }

    disconnectedCallback() {
      this.end();
    }
  },
);
