// A button that says what it will do before it does it, and the cause in place if that fails.
import { h } from './dom.js';

const open = new Map();

/**
 * Buttons of one question. A first press shows what will happen, a second one does it.
 *
 * @param key of the question, the same at each rendering
 * @param choices {label, will, act, danger?}: act returns a promise
 * @param changed called when the question looks different
 */
export function decision(key, choices, changed) {
  const state = open.get(key) ?? {};
  const chosen = choices.find((choice) => choice.label === state.label);
  const set = (next) => {
    if (next) {
      open.set(key, next);
    } else {
      open.delete(key);
    }
    changed();
  };
  const act = async () => {
    const token = {};
    const busy = { ...state, isBusy: true, token };
    // Where what is done has changed the choices, another one may be asked about when it ends.
    const end = (result) => {
      const now = open.get(key);
      const isNewer = now && now.token !== token;
      set(isNewer ? { ...now, ...result } : result);
    };
    set(busy);
    try {
      await chosen.act();
      end({ done: chosen.done ?? 'Done.' });
    } catch (e) {
      end({ problem: e.message });
    }
  };
  return h(
    'div',
    { class: 'decision', 'data-key': `decision-${key}` },
    chosen
      ? h(
          'div',
          { class: 'question', role: 'group', 'aria-label': chosen.label, 'data-key': 'question' },
          h('p', {}, chosen.will),
          h('button', { type: 'button', class: chosen.danger ? 'danger' : 'primary', disabled: state.isBusy, onclick: act }, state.isBusy ? 'Working…' : chosen.label),
          h('button', { type: 'button', disabled: state.isBusy, onclick: () => set(null) }, 'Not now'),
        )
      : h(
          'div',
          { class: 'buttons', 'data-key': 'buttons' },
          choices.map((choice) => h('button', { type: 'button', onclick: () => set({ label: choice.label }) }, choice.label)),
        ),
    state.problem && h('p', { class: 'problem', role: 'alert' }, state.problem),
    state.done && h('p', { role: 'status' }, state.done),
  );
}
