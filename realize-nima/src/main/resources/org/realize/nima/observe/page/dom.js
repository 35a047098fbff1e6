// Elements from descriptions, and their update in place: focus, selection and scroll stay.

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'path', 'rect', 'line', 'circle']);

/** An element. Properties that begin with "on" are handlers, the others attributes; false, null and undefined leave one out. */
export function h(tag, attributes, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) {
      element[name] = value;
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((each) => each || each === 0).map(asNode));
  return element;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

/** Makes the children of an element these, with as few changes as that takes. */
export function show(parent, ...children) {
  const wanted = document.createDocumentFragment();
  wanted.append(...children.flat(Infinity).filter(Boolean).map(asNode));
  update(parent, wanted);
}

function update(parent, wanted) {
  const news = [...wanted.childNodes];
  const kept = new Map();
  for (const old of parent.childNodes) {
    if (keyOf(old)) {
      kept.set(keyOf(old), old);
    }
  }
  let place = parent.firstChild;
  for (const next of news) {
    const keyed = keyOf(next) && kept.get(keyOf(next));
    const old = keyed || (place && !keyOf(place) && !keyOf(next) && isAlike(place, next) ? place : null);
    if (!old || !isAlike(old, next)) {
      parent.insertBefore(next, place);
    } else {
      if (old === place) {
        place = place.nextSibling;
      } else {
        parent.insertBefore(old, place);
      }
      change(old, next);
    }
  }
  while (place) {
    const after = place.nextSibling;
    place.remove();
    place = after;
  }
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') : null;
}

function isAlike(a, b) {
  return a.nodeName === b.nodeName && a.nodeType === b.nodeType;
}

function change(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) {
      old.data = next.data;
    }
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  for (const handler of ['onclick', 'oninput', 'onchange', 'onsubmit']) {
    if (old[handler] !== next[handler]) {
      old[handler] = next[handler];
    }
  }
  if (!old.localName.includes('-')) {
    update(old, next);
  }
}
