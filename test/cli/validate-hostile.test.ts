import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.js';

/**
 * Damaged and hostile zips, and what must become of each: ACCEPT, REJECT, POLICY (readers differ: what appsctl
 * does is written below) or LIMIT (refused with the limit, or accepted under it).
 */
interface Case {
  readonly file: string;
  readonly outcome: 'ACCEPT' | 'REJECT' | 'POLICY' | 'LIMIT';
  readonly why: string;
}

const ACCEPTED = /can be deployed: 0 errors/;
/** What appsctl does where readers differ, and with what is too large. */
const DECISIONS: Readonly<Record<string, RegExp>> = {
  'a16-leading-garbage.zip': ACCEPTED,
  'b22-bomb-manifest-200MB.zip': /has 200000000 bytes, over the limit of 1048576 for a manifest/,
  'b23-bomb-static-1GB-honest.zip': /has 1000000000 bytes, over the limit of 104857600 for one asset/,
  'b34-two-archives-concatenated.zip': /another zip stands before it in the file/,
  'b35-hidden-local-entry.zip': ACCEPTED,
  'b44-descriptor-crc-differs.zip': /what follows its data contradicts the directory/,
  'b46-eocd-in-comment.zip': /it has several end records/,
  'b52-nested-stored-zip.zip': /hello\.zip: has no index\.js/,
  'c21-nfc-nfd.zip': /only in case or Unicode form/,
  'c29-manifest-dirflag.zip': /is marked as a folder, but named like a file/,
  'c30-dot-slash.zip': /has a "\." segment in its path/,
  'c39-trailing-space-dot.zip': ACCEPTED,
  'd05-bom.zip': /a byte order mark stands before the JSON/,
  'd28-uppercase-keys.zip': ACCEPTED,
  'd31-runtime-unknown.zip': /note: hello: has the runtime cobol, which appsctl does not know/,
  'd35-300-functions.zip': ACCEPTED,
  'e06-function-wrapped.zip':
    /it stands at hello\/index\.js: archive the content of the folder, not the folder/,
  'e07-function-dotdot.zip': /hello\.zip: \.\.\/\.\.\/etc\/cron\.d\/x: has a "\.\." segment in its path/,
};

const folder = fileURLToPath(new URL('../fixtures/hostile-zips', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/outcomes.json`, 'utf8')) as Case[];

describe.concurrent('aws validate', () => {
  test.each(cases)('$outcome $file: $why', async ({ file, outcome }) => {
    const { code, stdout, stderr } = await runCli(['aws', 'validate', `${folder}/${file}`]);
    expect(stderr).toBe('');
    const accepted = ACCEPTED.test(stdout);
    expect(code).toBe(accepted ? 0 : 2);
    expect(stdout).toMatch(accepted ? ACCEPTED : /cannot be deployed: [1-9]/);
    if (outcome === 'ACCEPT' || outcome === 'REJECT') expect(accepted).toBe(outcome === 'ACCEPT');
    else expect(stdout).toMatch(DECISIONS[file] ?? /^a decision is missing$/);
  });
});
