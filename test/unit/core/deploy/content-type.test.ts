import { expect, test } from 'vitest';
import { contentType } from '../../../../src/core/deploy/content-type.js';

test.each([
  ['logo.png', 'image/png'],
  ['icons/logo.SVG', 'image/svg+xml'],
  ['app.json', 'application/json'],
  ['index.html', 'text/html; charset=utf-8'],
  ['test.txt', 'text/plain; charset=utf-8'],
  ['app.js', 'text/javascript; charset=utf-8'],
  ['LICENSE', 'application/octet-stream'],
  ['data.unknown', 'application/octet-stream'],
])('%s is served as %s', (path, type) => expect(contentType(path)).toBe(type));
