// The requests to the daemon: the same as the command line's, with the same JSON.

const KEPT = 'realize-token';

/** The time without a heartbeat, of which the daemon sends one a second, after which a stream is given up. */
const SILENCE = 10000;

export class Refused extends Error {
  constructor(message, isUnknown) {
    super(message);
    this.isUnknown = isUnknown;
  }
}

function token() {
  return localStorage.getItem(KEPT) || '';
}

export function isKnown() {
  return token() !== '';
}

/** Opens a session with the key in the link, if there is one; it is valid once. */
export async function open() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (!key) {
    return;
  }
  history.replaceState(null, '', '/');
  const answer = await fetch('/open', { method: 'POST', body: key });
  const body = await answer.json();
  if (answer.ok) {
    localStorage.setItem(KEPT, body.token);
  } else if (!isKnown()) {
    throw new Refused(body.message, true);
  }
}

async function send(request, body) {
  const answer = await fetch(`/v1/${request}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Realize-Token': token() },
    body: JSON.stringify(body || {}),
  });
  if (!answer.ok) {
    throw await refusal(answer);
  }
  return answer;
}

async function refusal(answer) {
  let message = `the daemon answered ${answer.status}`;
  try {
    message = (await answer.json()).message;
  } catch {
    // What is no JSON says no more than its number.
  }
  return new Refused(message, answer.status === 401);
}

/** A request that is answered at once. */
export async function ask(request, body) {
  return (await send(request, body)).json();
}

/** The address of a picture that one version of a path is; it needs the session's token, which an element cannot send. */
export function pictureAddress(path, hash) {
  return `/picture?${new URLSearchParams({ ...path, hash, token: token() })}`;
}

/** Long work: every event goes to the listener. Fails with the cause, as the command would. */
export async function work(request, body, listener) {
  let failed = null;
  for await (const line of lines((await send(request, body)).body)) {
    const { event, failure } = JSON.parse(line);
    if (failure) {
      throw new Refused(failure.message, false);
    }
    if (event) {
      listener?.(event);
      if (['failed', 'damaged', 'stays', 'not_purged_at'].includes(event.kind)) {
        failed = failed || event;
      }
    }
  }
  if (failed) {
    throw new Refused(`${failed.path ?? ''}: ${failed.message ?? failed.kind}`, false);
  }
}

async function* lines(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    heard?.();
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    for (const part of parts) {
      yield part;
    }
  }
}

/**
 * The server-sent events after the one of this id. They are read by fetch, since an EventSource cannot show the token. Ends
 * when the connection does, and fails when its controller aborts it, as this does itself when nothing comes for a while.
 *
 * @param connection the AbortController of the connection
 * @param heard called at each sign of life
 * @param listener called with the kind and the value of each event
 */
export async function follow(last, connection, heard, listener) {
  const headers = { Accept: 'text/event-stream', 'X-Realize-Token': token() };
  if (last !== null) {
    headers['Last-Event-ID'] = String(last);
  }
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => connection.abort(new Refused('the daemon is silent', false)), SILENCE);
  };
  wait();
  try {
    const answer = await fetch('/events', { headers, signal: connection.signal });
    if (!answer.ok) {
      throw await refusal(answer);
    }
    let message = {};
    const each = lines(answer.body, () => {
      wait();
      heard();
    });
    for await (const line of each) {
      if (line === '') {
        if (message.data) {
          listener(message.event, JSON.parse(message.data));
        }
        message = {};
      } else if (!line.startsWith(':')) {
        const colon = line.indexOf(': ');
        message[line.slice(0, colon)] = line.slice(colon + 2);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
