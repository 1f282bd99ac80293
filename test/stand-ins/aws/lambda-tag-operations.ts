import { jsonAnswer as json } from './errors.js';
import { existingFunction, type LambdaOperation } from './lambda-request.js';
import { readBody } from './lambda-settings.js';
import { keepBefore } from './lambda-state.js';
import { readTags, refuseReserved } from './lambda-tags.js';

const PATH = /^\/2017-03-31\/tags\/(.+)$/;

export const tagOperations: readonly LambdaOperation[] = [
  {
    name: 'ListTags',
    method: 'GET',
    path: PATH,
    act: (request) => json(200, { Tags: Object.fromEntries(existingFunction(request).tags) }),
  },
  {
    name: 'TagResource',
    method: 'POST',
    path: PATH,
    act(request) {
      const stored = existingFunction(request);
      const tags = readTags(readBody(request.call.body), stored.tags);
      keepBefore(request.account, stored);
      for (const [key, value] of tags) stored.tags.set(key, value);
      return json(204, undefined);
    },
  },
  {
    name: 'UntagResource',
    method: 'DELETE',
    path: PATH,
    act(request) {
      const stored = existingFunction(request);
      const keys = request.call.query.flatMap(([name, value]) => (name === 'tagKeys' ? [value] : []));
      for (const key of keys) refuseReserved(key);
      keepBefore(request.account, stored);
      for (const key of keys) stored.tags.delete(key);
      return json(204, undefined);
    },
  },
];
