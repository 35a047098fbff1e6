// The state of the node as the stream of events tells it. Views read it and are notified of changes.
import * as api from './api.js';

const MAX_EVENTS = 1000;
const MAX_RATES = 3600;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;

export const store = {
  /**
   * 'opening', 'live', 'away' (no word from the daemon), 'hidden' (nobody sees the page) or 'unknown' (this browser has no
   * session).
   */
  link: 'opening',
  problem: '',
  /** The time of the last sign of life of the daemon; null before the first. */
  heard: null,
  status: null,
  /** The latest last. */
  events: [],
  /** Bytes a second from and to peers, at each status since this page was opened. */
  rates: [],
};

const listeners = new Set();
let lastId = null;
let before = null;

/** Calls the listener now and at each change; returns the function that ends it. */
export function watch(listener) {
  listeners.add(listener);
  listener();
  return () => listeners.delete(listener);
}

function notify() {
  for (const listener of listeners) {
    listener();
  }
}

function fold(kind, value) {
  if (kind === 'status') {
    const at = performance.now();
    const fetched = value.arenas.reduce((sum, arena) => sum + arena.transfers.fetchedBytes, 0);
    if (before && before.pid === value.pid) {
      const seconds = (at - before.at) / 1000;
      store.rates.push({
        down: Math.max(0, fetched - before.fetched) / seconds,
        up: Math.max(0, value.servedBytes - before.served) / seconds,
        at,
      });
      store.rates.splice(0, store.rates.length - MAX_RATES);
    }
    before = { at, fetched, served: value.servedBytes, pid: value.pid };
    store.status = value;
  } else if (kind === 'event') {
    lastId = value.id;
    store.events.push(value);
    store.events.splice(0, store.events.length - MAX_EVENTS);
  }
  store.link = 'live';
}

/** The latest rates; 0 where nothing was told for a while, since an equal status is not sent again. */
export function rate() {
  const last = store.rates.at(-1);
  return last && performance.now() - last.at < 4000 ? last : { down: 0, up: 0 };
}

let isDue = false;

/** Notifies once for all that came together. */
function changed() {
  if (!isDue) {
    isDue = true;
    setTimeout(() => {
      isDue = false;
      notify();
    }, 0);
  }
}

const UNSEEN = new Error('nobody sees the page');

let connection = new AbortController();
let wake = () => {};

/** Closes the stream of a page that is hidden, and opens it again when it is seen. */
function onVisibility() {
  if (document.hidden) {
    connection.abort(UNSEEN);
  } else {
    wake();
  }
}

/** Waits for this long, or, without a time, until the page is seen. */
function rest(millis) {
  return new Promise((done) => {
    wake = done;
    if (millis !== undefined) {
      setTimeout(done, millis);
    }
  });
}

/** Follows the daemon while the page is seen; after a break it goes on after the last event that came. */
export async function run() {
  document.addEventListener('visibilitychange', onVisibility);
  let wait = FIRST_WAIT;
  for (;;) {
    if (document.hidden) {
      store.link = 'hidden';
      changed();
      await rest();
      store.link = 'opening';
      wait = FIRST_WAIT;
      changed();
      continue;
    }
    connection = new AbortController();
    before = null;
    try {
      await api.open();
      const heard = () => {
        store.heard = Date.now();
      };
      await api.follow(lastId, connection, heard, (kind, value) => {
        wait = FIRST_WAIT;
        fold(kind, value);
        changed();
      });
      store.problem = 'the daemon has ended the connection';
    } catch (e) {
      const cause = connection.signal.reason ?? e;
      if (cause === UNSEEN) {
        continue;
      }
      store.problem = cause.message;
      if (e.isUnknown) {
        store.link = 'unknown';
        changed();
        return;
      }
    }
    store.link = 'away';
    changed();
    await rest(wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}

/** What waits for the user: numbers by kind. */
export function needs(status) {
  const sum = { conflicts: 0, held: 0, doubts: 0, damage: 0 };
  for (const arena of status?.arenas ?? []) {
    sum.conflicts += arena.conflicts;
    sum.held += heldBy(arena).length;
    sum.doubts += arena.findings.filter((finding) => finding.kind === 'paused').length;
    sum.damage += arena.findings.filter(isDamage).length;
  }
  sum.all = sum.conflicts + sum.held + sum.doubts + sum.damage;
  return sum;
}

export function isDamage(finding) {
  return finding.kind === 'failed' && ['cache_scrub', 'real_scrub'].includes(finding.source.part);
}

/** The held changes of an arena, by cause. */
export function heldBy(arena) {
  const causes = new Map();
  for (const finding of arena.findings.filter((each) => each.kind === 'held')) {
    causes.set(finding.cause, [...(causes.get(finding.cause) ?? []), finding]);
  }
  return [...causes].map(([cause, findings]) => ({ arena: arena.name, cause, findings }));
}

/** Whether nothing is left to do in an arena that could be done now. */
export function isInSync(arena) {
  const work = arena.work;
  return !work.walking && work.files === 0 && arena.phase.kind === 'in_sync';
}
