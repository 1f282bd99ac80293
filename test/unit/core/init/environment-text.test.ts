import { describe, expect, test } from 'vitest';
import { environmentLine, findVariable, setVariables } from '../../../../src/core/init/environment-text.js';

describe('setting variables', () => {
  test.each<[string, string, string]>([
    ['an empty text', '', 'A=1\nB=2\n'],
    ['a text without them', '# all\nC=3\n', '# all\nC=3\nA=1\nB=2\n'],
    ['a text without a line break at the end', 'C=3', 'C=3\nA=1\nB=2\n'],
    ['a text with one of them', 'X=0\nB=old # not a comment\n\n; end\n', 'X=0\nB=2\n\n; end\nA=1\n'],
    ['the order of the text', 'B=\nA=\n', 'B=2\nA=1\n'],
    ['a variable that is set twice', 'A=x\nC=3\nA=y\n', 'A=1\nC=3\nB=2\n'],
    ['comments with their names', '#A=x\n ;B=y\n', '#A=x\n ;B=y\nA=1\nB=2\n'],
    ['indented lines', '  A=x\n\tB=y\n', 'A=1\nB=2\n'],
    ['a value in several lines', 'A="x\ny"\nC=3\n', 'A=1\nC=3\nB=2\n'],
    ['a continued line', 'A=x\\\n  y\nC=3\n', 'A=1\nC=3\nB=2\n'],
    ['a line like one of them that continues another', 'C=\\\nA=x\n', 'C=\\\nA=x\nA=1\nB=2\n'],
    ['a quote that is not closed', 'C="x\nA=y\n', 'C="x\nA=1\nB=2\n'],
    ['names that contain theirs', 'AA=x\nA_=y\n', 'AA=x\nA_=y\nA=1\nB=2\n'],
    ['lines that are no assignments', 'A\n=x\nexport B=y\n', 'A\n=x\nexport B=y\nA=1\nB=2\n'],
    ['line breaks of Windows', 'C=3\r\nA=x\r\n', 'C=3\r\nA=1\r\nB=2\r\n'],
    ['bytes that are not ASCII', '# \xff\xfe\nA=x', '# \xff\xfe\nA=1\nB=2\n'],
  ])('keeps everything else of %s', (_, before, after) => {
    const variables = { A: '1', B: '2' };
    expect(setVariables(before, variables)).toBe(after);
    expect(setVariables(after, variables)).toBe(after);
  });

  test('takes linear time', () => {
    const text = `A="${'\\"'.repeat(100_000)}\n`.repeat(5);
    expect(setVariables(text, { B: '2' })).toBe(`${text}B=2\n`);
  });
});

describe('finding a variable', () => {
  test.each<[string, string | undefined]>([
    ['A=x y', 'x y'],
    ['A=x\r\n', 'x'],
    ["A='x\\y'", 'x\\y'],
    ['A="x\\"y\\\\"', 'x"y\\'],
    ['A=1\nA=2', '2'],
    ['A=x\\\ny', 'xy'],
    ['A=', ''],
    ['#A=x\nAB=y', undefined],
  ])('in %j', (text, value) => {
    expect(findVariable(text, 'A')).toBe(value);
  });

  test.each(['AKIA', 'a/b+c=', 'with space', 'quote"s', "quote's", 'back\\slash', '$HOME`x`', '#'])(
    'finds the value %j that was set',
    (value) => {
      expect(findVariable(setVariables('', { A: value }), 'A')).toBe(value);
    },
  );
});

test('values of keys, regions and buckets have no quotes, which Docker would take as a part of them', () => {
  expect(environmentLine('A', 'wJalrXUtnFEMI/K7MDENG+bPx=')).toBe('A=wJalrXUtnFEMI/K7MDENG+bPx=');
});
