/**
 * The program of the child process that runs one invocation, written to the temporary folder at first use.
 * It is text because it must run from both compiled and uncompiled sources, without a loader.
 * It reads {handler, payload, context, callbacks} from stdin and writes {result} or {error} to descriptor 3,
 * so that what the function prints stays apart.
 */
export const RUNNER_SOURCE = String.raw`
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { join, basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

let answered = false;
function answer(message, status = 0) {
  if (answered) return;
  answered = true;
  new Socket({ fd: 3, readable: false }).end(JSON.stringify(message), () => process.exit(status));
}

function describe(error, type) {
  if (!(error instanceof Error)) {
    const text = typeof error === 'string' ? error : JSON.stringify(error);
    return { errorType: type ?? typeof error, errorMessage: String(text), trace: [] };
  }
  return {
    errorType: type ?? error.name,
    errorMessage: error.message,
    trace: String(error.stack ?? '').split('\n'),
  };
}

class RuntimeProblem extends Error {
  constructor(type, message) {
    super(message);
    this.name = type;
  }
}

async function loadHandler(handler) {
  const file = basename(handler);
  const dot = file.indexOf('.');
  if (dot < 1) throw new RuntimeProblem('Runtime.MalformedHandlerName', 'Bad handler');
  const module = join(dirname(handler), file.slice(0, dot));
  const path = ['.js', '.mjs', '.cjs', ''].map((end) => join(process.env.LAMBDA_TASK_ROOT, module + end)).find(existsSync);
  if (path === undefined) {
    throw new RuntimeProblem('Runtime.ImportModuleError', "Error: Cannot find module '" + module + "'");
  }
  let loaded;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeProblem('Runtime.UserCodeSyntaxError', String(error));
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeProblem('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
  const names = file.slice(dot + 1).split('.');
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const found = find(loaded) ?? find(loaded.default);
  if (typeof found !== 'function') {
    throw new RuntimeProblem('Runtime.HandlerNotFound', handler + ' is undefined or not exported');
  }
  return found;
}

process.on('uncaughtException', (error) => answer({ error: describe(error) }, 1));
process.on('unhandledRejection', (error) => {
  answer({ error: { ...describe(error), errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(error) } }, 1);
});

let text = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) text += chunk;
const input = JSON.parse(text);

const succeed = (result) => {
  try {
    answer({ result: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    answer({ error: describe(error, 'Runtime.MarshalError') });
  }
};
const done = (error, result) => (error === null || error === undefined ? succeed(result) : answer({ error: describe(error) }));
const context = {
  ...input.context,
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, input.deadline - Date.now()),
  done,
  succeed,
  fail: (error) => done(error ?? 'handled'),
};

try {
  const handler = await loadHandler(input.handler);
  if (!input.callbacks && handler.length >= 3) {
    throw new RuntimeProblem('Runtime.CallbackHandlerDeprecated', 'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.');
  }
  // A handler that neither returns a promise nor calls back is over when nothing is left to do.
  process.on('beforeExit', () => answer({ result: 'null' }));
  const returned = handler(JSON.parse(input.payload), context, done);
  if (typeof returned?.then === 'function') succeed(await returned);
} catch (error) {
  answer({ error: describe(error) });
}
`;
