// The members of the household as this node sees them.
import * as api from './api.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { store, watch } from './store.js';
import { command, span } from './words.js';
import { peerState } from './overview.js';

function pause(peer, paused, seconds) {
  return api.ask('pause-order', { names: [peer.name], ofPeers: true, paused, release: false, seconds });
}

function choices(peer) {
  const name = peer.name;
  const all = peer.pausedUntil
    ? [{ label: 'Resume', will: `Work fetches from ${name} again.`, act: () => pause(peer, false, 0) }]
    : [
        { label: 'Pause 2 h', will: `For two hours nothing is fetched from ${name} but what programs read. Changes and conflicts still come.`, act: () => pause(peer, true, 7200) },
        { label: 'Pause', will: `Until you resume it, nothing is fetched from ${name} but what programs read. Changes and conflicts still come.`, act: () => pause(peer, true, 0) },
      ];
  if (peer.connected) {
    all.push({ label: 'Disconnect', will: `The connection to ${name} ends. It stays away until you connect it, or the daemon starts again.`, act: () => api.ask('disconnect', { peer: name }) });
  } else if (peer.address) {
    all.push({ label: 'Connect', will: `${name} is dialled at ${peer.address} now.`, act: () => api.ask('connect', { peer: name }) });
  }
  return all;
}

function card(peer, changed) {
  const facts = [
    ['Address', peer.address],
    ['Key', h('code', {}, peer.key)],
    ['Limits', peer.limits && `↑ ${limit(peer.limits.up)}, ↓ ${limit(peer.limits.down)}`],
    ['Clock', Math.abs(peer.clockAheadMillis ?? 0) > 5000 && `${span(Math.abs(peer.clockAheadMillis) / 1000)} ${peer.clockAheadMillis > 0 ? 'ahead of' : 'behind'} ours`],
  ].filter(([, value]) => value);
  return h(
    'article',
    { class: 'card', 'data-key': `peer-${peer.name}` },
    h('h3', {}, peer.name),
    h('p', {}, peerState(peer)),
    h('dl', {}, facts.map(([term, value]) => [h('dt', {}, term), h('dd', {}, value)])),
    decision(`peer-${peer.name}`, choices(peer), changed),
  );
}

function limit(rate) {
  return rate === '0' ? 'no limit' : `${rate}/s`;
}

customElements.define(
  'realize-peers',
  class extends HTMLElement {
    connectedCallback() {
      this.end = watch(() => store.status && this.render());
    }

    disconnectedCallback() {
      this.end();
    }

    render() {
      const { status } = store;
      show(
        this,
        h('h2', { class: 'sentence' }, status.peers.length ? 'Peers' : 'This node has no peer yet.'),
        h('p', { class: 'quiet' }, `This node is ${status.node}, key `, h('code', {}, status.key), status.listening.length ? `, and listens at ${status.listening.join(', ')}.` : ', and only dials out.'),
        status.peers.length === 0 && h('p', {}, command('realize peer add NAME --pubkey FILE --address HOST'), ' adds one.'),
        h('div', { class: 'cards' }, status.peers.map((peer) => card(peer, () => this.render()))),
      );
    }
  },
);
