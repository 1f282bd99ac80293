import { expect, test } from 'vitest';
import { Interruption } from '../../../src/cli/interruption.js';

test.each([
  [true, 'stopping at the next safe point; press Ctrl-C again to stop immediately'],
  [false, 'stopping at the next safe point'],
])(
  'while something is changed, says how it ends; in a terminal (%s), how to end it at once',
  async (hasTerminal, line) => {
    const lines: string[] = [];
    const controller = new AbortController();
    const interruption = new Interruption(controller.signal, (text) => lines.push(text), hasTerminal);
    await interruption.race(
      (async () => {
        interruption.beginChanges();
        await Promise.resolve();
        controller.abort();
      })(),
    );
    expect(lines).toEqual([line]);
  },
);
