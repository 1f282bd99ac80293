/**
 * Hello, Serverless!: a Mattermost App that runs on AWS Lambda. No dependencies, no build step.
 *
 * Mattermost sends every call as an HTTP-like event and reads the call response from the answer's body.
 *
 * @typedef {{ path?: string, httpMethod?: string, headers?: Record<string, string>, body?: string | null }} LambdaEvent
 * @typedef {{ statusCode: number, headers: Record<string, string>, isBase64Encoded: false, body: string }} LambdaAnswer
 * @typedef {{ type: 'ok' | 'error' | 'form', text?: string, data?: unknown, form?: object }} CallResponse
 * @typedef {{ values?: Record<string, unknown> }} CallRequest
 */

const MAX_MESSAGE_LENGTH = 1000;

const sendForm = {
  title: 'Hello, Serverless!',
  icon: 'icon.png',
  source: { path: '/send-form' },
  submit: { path: '/send' },
  fields: [
    {
      name: 'message',
      type: 'text',
      label: 'message',
      modal_label: 'Message',
      description: 'What the app says back.',
      is_required: true,
      max_length: MAX_MESSAGE_LENGTH,
    },
  ],
};

// The command carries its form, so that autocomplete needs no further call; the button fetches it.
const bindings = [
  {
    location: '/command',
    bindings: [
      {
        location: 'hello-serverless',
        label: 'hello-serverless',
        icon: 'icon.png',
        description: 'Hello, Serverless!',
        hint: '[send]',
        bindings: [
          {
            location: 'send',
            label: 'send',
            icon: 'icon.png',
            description: 'Send a message to the app, which says it back.',
            form: sendForm,
          },
        ],
      },
    ],
  },
  {
    location: '/channel_header',
    bindings: [
      {
        location: 'send-button',
        label: 'Send a message to Hello, Serverless!',
        icon: 'icon.png',
        hint: 'Send a message to the app, which says it back.',
        form: { source: { path: '/send-form' } },
      },
    ],
  },
];

/** @type {Record<string, (call: CallRequest) => CallResponse>} */
const calls = {
  '/ping': () => ({ type: 'ok', text: 'PONG' }),
  '/bindings': () => ({ type: 'ok', data: bindings }),
  '/install': () => ({
    type: 'ok',
    text: 'Say hello with `/hello-serverless send --message "…"`, or with the button in the channel header.',
  }),
  '/send-form': () => ({ type: 'form', form: sendForm }),
  '/send': sayBack,
};

/**
 * The message stands in a code block: nothing in it formats, links or mentions anybody.
 *
 * @param {CallRequest} call
 * @returns {CallResponse}
 */
function sayBack(call) {
  const message = call.values?.message;
  const problem =
    typeof message !== 'string' || message.trim() === ''
      ? 'a message is required'
      : message.length > MAX_MESSAGE_LENGTH
        ? `a message has at most ${MAX_MESSAGE_LENGTH} characters`
        : undefined;
  if (problem !== undefined) {
    return { type: 'error', text: problem, data: { errors: { message: problem } } };
  }

  const backticks = message.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...backticks.map((run) => run.length + 1)));
  return { type: 'ok', text: `You said:\n${fence}\n${message}\n${fence}` };
}

/**
 * A path below a known one belongs to it: `/send/submit` is `/send`.
 *
 * @param {string} path
 */
function findCall(path) {
  for (let known = path; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('/')))) {
    if (Object.hasOwn(calls, known)) {
      return calls[known];
    }
  }
  return undefined;
}

/**
 * @param {string | null | undefined} body
 * @returns {CallRequest | undefined} undefined when the body is not a call request.
 */
function parseCall(body) {
  try {
    const call = JSON.parse(body || '{}');
    return typeof call === 'object' && call !== null && !Array.isArray(call) ? call : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} statusCode
 * @param {CallResponse} response
 * @returns {LambdaAnswer}
 */
function answer(statusCode, response) {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json' },
    isBase64Encoded: false,
    body: JSON.stringify(response),
  };
}

/**
 * @param {LambdaEvent} event
 * @returns {Promise<LambdaAnswer>}
 */
export async function handler(event) {
  const path = event.path ?? '';
  const respond = findCall(path);
  if (respond === undefined) {
    return answer(404, { type: 'error', text: `there is no call ${path || '(empty path)'} in this app` });
  }
  const call = parseCall(event.body);
  if (call === undefined) {
    return answer(400, { type: 'error', text: 'the body is not a call request in JSON' });
  }
  return answer(200, respond(call));
}
