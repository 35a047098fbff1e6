// Limits of peers and of caches, in fields that can be changed.
import * as api from './api.js';
import { decision } from './decision.js';
import { h } from './dom.js';

/** As the daemon said last: {peers, arenas}. */
let known = null;
let problem = '';

/** What was typed and is not set yet, by key of its form. */
const edits = new Map();

/** How often a form was set; its fields are new then. */
const rounds = new Map();

async function load(changed) {
  try {
    known = await api.ask('read-limits');
    problem = '';
  } catch (e) {
    problem = e.message;
  }
  changed();
}

function form({ key, request, present, fields, will, changed }) {
  if (!present) {
    return h('p', { class: problem ? 'problem' : 'quiet' }, problem || 'Asking for the limits.');
  }
  const edited = { ...present, ...edits.get(key) };
  const round = rounds.get(key) ?? 0;
  const type = (name, text) => {
    edits.set(key, { ...edits.get(key), [name]: text });
    changed();
  };
  return [
    h(
      'div',
      { class: 'filter' },
      fields.map(({ name, label, none }) =>
        h('label', {}, `${label} `, h('input', { type: 'text', size: 8, 'data-key': `${name}-${round}`, value: edited[name], placeholder: none, oninput: (e) => type(name, e.target.value.trim()) }))),
    ),
    decision(
      key,
      [
        {
          label: 'Set limits',
          will: will(edited),
          act: async () => {
            await api.ask(request, edited);
            edits.delete(key);
            rounds.set(key, round + 1);
            await load(changed);
          },
        },
      ],
      changed,
    ),
  ];
}

function folded(key, title, changed, ...children) {
  return h('details', { class: 'wide limits', 'data-key': `limits-${key}`, ontoggle: (e) => e.target.open && load(changed) }, h('summary', {}, title), children);
}

function rate(text) {
  return text && text !== '0' ? `at ${text} a second at most` : 'without a limit';
}

/** The limits of a peer's background traffic. */
export function peerLimits(name, changed) {
  return folded(
    name,
    'Limits',
    changed,
    form({
      key: `limits-peer-${name}`,
      request: 'peer-limits',
      present: known?.peers.find((each) => each.peer === name),
      fields: [
        { name: 'up', label: 'Up', none: 'none' },
        { name: 'down', label: 'Down', none: 'none' },
      ],
      will: ({ up, down }) => `In the background ${name} is sent data ${rate(up)}, and sends it ${rate(down)}, from now on. What programs read is not limited. Where realize.toml has a timetable, that goes before.`,
      changed,
    }),
  );
}

function pause(name, paused, seconds) {
  return api.ask('pause-order', { names: [name], ofPeers: false, paused, release: false, seconds });
}

function pauses(arena) {
  const name = arena.name;
  return arena.pausedUntil
    ? [{ label: 'Resume', will: `The work that the marks of ${name} ask for goes on.`, act: () => pause(name, false, 0) }]
    : [
        { label: 'Pause 2 h', will: `For two hours nothing of ${name} is fetched, made real or given up but what programs ask for. Changes and conflicts still come.`, act: () => pause(name, true, 7200) },
        { label: 'Pause', will: `Until you resume it, nothing of ${name} is fetched, made real or given up but what programs ask for. Changes and conflicts still come.`, act: () => pause(name, true, 0) },
      ];
}

/** The pause of an arena, and the limits of its cache. */
export function arenaSettings(arena, changed) {
  const name = arena.name;
  return folded(
    name,
    'Pause and limits',
    changed,
    decision(`pause-${name}`, pauses(arena), changed),
    form({
      key: `limits-arena-${name}`,
      request: 'arena-limits',
      present: known?.arenas.find((each) => each.arena === name),
      fields: [
        { name: 'max', label: 'Cache at most', none: 'no limit' },
        { name: 'leave', label: 'Leave free', none: '5%' },
      ],
      will: ({ max, leave }) => `The cache of ${name} holds ${max ? `${max} at most` : 'what there is room for'}, and leaves ${leave || '5%'} of its file system free. ${name} ends and begins again for that: what programs read of it through the mount at that moment can fail.`,
      changed,
    }),
  );
}
