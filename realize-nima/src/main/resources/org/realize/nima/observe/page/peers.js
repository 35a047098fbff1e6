// The other machines as this node sees them, the members of the household, and the code for a new one.
import * as api from './api.js';
import { decision } from './decision.js';
import { h, show } from './dom.js';
import { peerLimits } from './limits.js';
import { store, watch } from './store.js';
import { command, list, span } from './words.js';
import { peerState } from './overview.js';

/** Light modules around a QR code. */
const MARGIN = 4;

/** The code that is open: {code, expires, modules, pid, known}; it is shown until it is used, hidden or void. */
let invite = null;

function pause(peer, paused, seconds) {
  return api.ask('pause-order', { names: [peer.name], ofPeers: true, paused, release: false, seconds });
}

function choices(peer, isMember, view) {
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
  if (isMember) {
    all.push({
      label: 'Revoke',
      danger: true,
      will: `Every machine of the household ends its connection to ${name} and trusts it no more, once it hears of this. The files that ${name} has stay there. It comes back with a new code only.`,
      act: () => api.ask('revoke', { peer: name }).then(view.load),
    });
  } else if (isMember === false) {
    all.push({
      label: 'Forget',
      danger: true,
      will: `This machine ends its connection to ${name}, trusts it no more, and takes its table out of realize.toml. Other machines do not hear of it. No file is removed.`,
      act: () => api.ask('remove-peer', { peer: name }).then(view.load),
    });
  }
  return all;
}

function card(peer, view) {
  const member = view.members?.find((each) => each.key === peer.key && each.member);
  const isMember = view.members === null ? undefined : Boolean(member);
  const facts = [
    ['Address', peer.address],
    ['Key', h('code', {}, peer.key)],
    ['Member', isMember !== undefined && (member ? `yes${member.invitedBy ? `, invited by ${member.invitedBy}` : ''}` : 'no, this machine alone trusts it')],
    ['Limits', peer.limits && `↑ ${limit(peer.limits.up)}, ↓ ${limit(peer.limits.down)}`],
    ['Clock', Math.abs(peer.clockAheadMillis ?? 0) > 5000 && `${span(Math.abs(peer.clockAheadMillis) / 1000)} ${peer.clockAheadMillis > 0 ? 'ahead of' : 'behind'} ours`],
  ].filter(([, value]) => value);
  return h(
    'article',
    { class: 'card', 'data-key': `peer-${peer.name}` },
    h('h3', {}, peer.name),
    h('p', {}, peerState(peer)),
    h('dl', {}, facts.map(([term, value]) => [h('dt', {}, term), h('dd', {}, value)])),
    peerLimits(peer.name, view.changed),
    decision(`peer-${peer.name}`, choices(peer, isMember, view), view.changed),
  );
}

function limit(rate) {
  return rate === '0' ? 'no limit' : `${rate}/s`;
}

function memberRow(member, status) {
  const state = member.member ? (member.key === status.key ? 'this machine' : 'member') : 'revoked';
  const invited = member.invitedBy ? `invited by ${member.invitedBy}` : member.member ? 'founded the household' : '';
  const revoked = member.revokedBy.length ? `${member.member ? 'revoked, in vain,' : 'revoked'} by ${list(member.revokedBy)}` : '';
  return h(
    'li',
    { class: 'row member', 'data-key': `member-${member.key}` },
    h('strong', {}, member.name),
    h('span', {}, h('span', { class: `mark ${member.member ? 'good' : 'off'}`, 'aria-hidden': 'true' }), state),
    h('span', {}, [invited, revoked].filter(Boolean).join('; ')),
    h('code', {}, member.key),
  );
}

function qrCode(modules) {
  const dark = modules.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`)).join('');
  const side = modules.length + 2 * MARGIN;
  return h(
    'svg',
    { class: 'qr', viewBox: `${-MARGIN} ${-MARGIN} ${side} ${side}`, role: 'img', 'aria-label': 'The code as a QR code' },
    h('rect', { class: 'light', x: -MARGIN, y: -MARGIN, width: side, height: side }),
    h('path', { class: 'dark', d: dark }),
  );
}

customElements.define(
  'realize-peers',
  class extends HTMLElement {
    /** Null before they are known. */
    members = null;
    joined = '';
    problem = '';
    seen = '';

    connectedCallback() {
      this.end = watch(() => this.update());
      this.timer = setInterval(() => invite && this.update(), 1000);
    }

    disconnectedCallback() {
      this.end();
      clearInterval(this.timer);
    }

    /** Asks for the members again when the status says that there are other peers. */
    update() {
      const { status } = store;
      if (!status) {
        return;
      }
      if (invite && (invite.pid !== status.pid || Date.parse(invite.expires) <= Date.now())) {
        invite = null;
        this.problem = 'The code is no longer valid.';
      }
      const seen = JSON.stringify([status.pid, status.peers.map((peer) => [peer.name, peer.key, peer.connected])]);
      if (seen !== this.seen) {
        this.seen = seen;
        this.load();
      }
      this.changed();
    }

    load = async () => {
      try {
        this.members = (await api.ask('read-members')).members;
        const newcomer = invite && this.members.find((each) => each.member && !invite.known.has(each.key));
        if (newcomer) {
          invite = null;
          this.joined = newcomer.name;
        }
      } catch (e) {
        this.problem = e.message;
      }
      this.changed();
    };

    async invite() {
      const made = await api.ask('invite-machine', { addresses: [] });
      const { members } = await api.ask('read-members');
      const known = new Set([store.status.key, ...members.filter((each) => each.member).map((each) => each.key)]);
      invite = { ...made, pid: store.status.pid, known };
      this.joined = '';
      this.problem = '';
    }

    changed = () => {
      const { status } = store;
      show(
        this,
        h('h2', { class: 'sentence' }, status.peers.length ? 'Peers' : 'This node has no peer yet.'),
        this.problem && h('p', { class: 'problem', role: 'alert' }, this.problem),
        h('p', { class: 'quiet' }, `This node is ${status.node}, key `, h('code', {}, status.key), status.listening.length ? `, and listens at ${status.listening.join(', ')}.` : ', and only dials out.'),
        h('div', { class: 'cards' }, status.peers.map((peer) => card(peer, this))),
        this.inviting(),
        this.members?.length > 0 && [h('h3', {}, 'Members of the household'), h('ul', { class: 'rows' }, this.members.map((each) => memberRow(each, status)))],
      );
    };

    inviting() {
      const code = invite;
      return h(
        'section',
        { class: 'invite', 'data-key': 'invite' },
        h('h3', {}, 'A new machine'),
        this.joined && h('p', { role: 'status' }, `${this.joined} has joined.`),
        code
          ? h(
              'div',
              { class: 'card', 'data-key': `code-${code.code}` },
              h('p', {}, 'Run this on it, or scan the code and paste it there:'),
              h('p', {}, command(`realize join ${code.code}`)),
              qrCode(code.modules),
              h('p', { class: 'quiet' }, `Valid for one machine and ${span((Date.parse(code.expires) - Date.now()) / 1000)} more. Whoever has the code can join: hand it over as you would a key.`),
              h('button', { type: 'button', onclick: () => { invite = null; this.changed(); } }, 'Hide the code'),
            )
          : h('p', { class: 'quiet' }, 'It joins by a code, and the household hears of it by itself. ', command('realize peer add NAME --pubkey FILE'), ' adds one that only this machine trusts.'),
        decision(
          'invite',
          [{ label: code ? 'Another code' : 'Invite', will: 'A code is made with which one machine can join the household through this one within 15 minutes. A new start of the daemon withdraws it.', done: 'The code is made.', act: () => this.invite() }],
          this.changed,
        ),
      );
    }
  },
);
