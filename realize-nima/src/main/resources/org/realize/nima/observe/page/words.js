// Sizes, counts and times as the command line writes them.
import { h } from './dom.js';

const POWERS = 'KMGTPE';

export function size(bytes) {
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  let value = bytes;
  let power = 0;
  while (value >= 1023.95 && power < POWERS.length) {
    value /= 1024;
    power++;
  }
  return `${value.toFixed(1)} ${POWERS[power - 1]}iB`;
}

export function count(number) {
  return number.toLocaleString('en-US');
}

/** "1 file", "2 files". */
export function many(number, word) {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}

export function span(seconds) {
  if (seconds < 120) {
    return `${Math.max(0, Math.round(seconds))} s`;
  }
  if (seconds < 7200) {
    return `${Math.round(seconds / 60)} min`;
  }
  if (seconds < 2 * 86400) {
    return `${Math.floor(seconds / 3600)} h`;
  }
  return `${Math.floor(seconds / 86400)} d`;
}

/** A time relative to now, with the absolute one on hover. */
export function ago(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return String(time); // a year that no browser knows
  }
  const seconds = (Date.now() - date.getTime()) / 1000;
  const text = seconds < -60 ? `in ${span(-seconds)}` : seconds < 5 ? 'now' : `${span(seconds)} ago`;
  return h('time', { datetime: date.toISOString(), title: date.toLocaleString() }, text);
}

export function day(time) {
  return new Date(time).toLocaleDateString(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
}

/** "a", "a and b", "a, b and c". */
export function list(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The end of a pause; what ends after the year 2999 has no end. */
export function until(time) {
  return new Date(time).getUTCFullYear() > 2998 ? 'paused' : `paused until ${new Date(time).toLocaleString()}`;
}

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A line of a file, with what is not seen, or turns the direction of text, written out. */
export function visible(line) {
  return line.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A command that can be copied. */
export function command(text) {
  return h('code', { class: 'command' }, text);
}
