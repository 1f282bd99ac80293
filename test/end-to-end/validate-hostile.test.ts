import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/diagnostics/findings.js';
import type { Rule } from '../../src/core/diagnostics/rules.js';
import { runCli } from '../support/cli.js';

/**
 * A damaged or hostile zip and its expected outcome: ACCEPT, REJECT, POLICY (readers differ, and the tables below say what
 * appsctl does) or LIMIT (accepted, or refused because of a limit).
 */
interface Case {
  readonly file: string;
  readonly outcome: 'ACCEPT' | 'REJECT' | 'POLICY' | 'LIMIT';
  readonly why: string;
}

/** Zips of the outcome POLICY that are accepted. */
const ACCEPTED: ReadonlySet<string> = new Set([
  'a16-leading-garbage.zip',
  'b35-hidden-local-entry.zip',
  'c39-trailing-space-dot.zip',
  'd28-uppercase-keys.zip',
  'd31-runtime-unknown.zip',
]);

const OVERLAP = 'overlaps the next entry or the central directory';
/** Why the others are refused: the rule of the first error, and a part of its location and message. */
const REFUSED: Readonly<Partial<Record<Rule, Readonly<Record<string, string>>>>> = {
  'zip/invalid': {
    'b01-truncated-half.zip': 'no end of central directory record: the file is truncated',
    'b02-no-eocd.zip': 'data follows the end of central directory record, or its comment is truncated',
    'b04-zero-bytes.zip': 'is not a zip file: it is empty',
    'b07-html.zip': 'is not a zip file: it looks like a web page',
    'b13-csize-past-eof.zip': OVERLAP,
    'b14-local-offset-oob.zip': OVERLAP,
    'b20-overlap-shared-local.zip': OVERLAP,
    'b28-strong-encryption.zip': 'its central directory is damaged: an entry is strongly encrypted',
    'b31-count-too-high.zip': 'its central directory is shorter than',
    'b32-count-too-low.zip': 'the number of entries and the size of its central directory do not match',
    'b34-two-archives-concatenated.zip': 'another zip precedes it in the file',
    'b37-zip64-2e63-size.zip': OVERLAP,
    'b38-zip64-negative-offset.zip': OVERLAP,
    'b46-eocd-in-comment.zip': 'it has several end of central directory records',
    'b47-comment-length-too-long.zip': 'data follows the end of central directory record',
    'b53-overlap-inside-stored.zip': OVERLAP,
  },
  'zip/too-large': {
    'b50-zip64-count-2e31.zip': 'it has 2147483648 entries, over the limit of 20000',
  },
  'zip/damaged-entry': {
    'b08-bad-crc-static.zip': 'static/b.txt: cannot be read: its CRC-32 checksum is wrong',
    'b10-bad-crc-function.zip': 'hello.zip: cannot be read: its CRC-32 checksum is wrong',
    'b11-declared-size-too-small.zip': 'static/l.txt: cannot be read: its uncompressed size is larger',
    'b16-local-name-hides-manifest.zip': 'manifest.json: cannot be read: its local file header contradicts',
    'b17-local-method-differs.zip': 'static/m.txt: cannot be read: its local file header contradicts',
    'b19-local-crc-differs.zip': 'static/m.txt: cannot be read: its local file header contradicts',
    'b25-bomb-manifest-1GB-lying.zip': 'manifest.json: cannot be read: its uncompressed size is larger',
    'b40-deflate-garbage.zip': 'static/g.bin: cannot be read: its deflated data is damaged',
    'b41-deflate-truncated.zip': 'static/g.bin: cannot be read: its deflated data is damaged',
    'b44-descriptor-crc-differs.zip': 'static/dd.txt: cannot be read: its data descriptor is missing or',
  },
  'zip/unsupported-entry': {
    'b26-encrypted-zipcrypto.zip': 'is encrypted',
    'b29-method-bzip2.zip': 'static/m.bin: has compression method 12',
    'b29-method-implode.zip': 'static/m.bin: has compression method 6',
    'b29-method-lzma.zip': 'static/m.bin: has compression method 14',
    'b29-method-xz.zip': 'static/m.bin: has compression method 95',
    'b29-method-zstd.zip': 'static/m.bin: has compression method 93',
    'b43-directory-with-data.zip': 'static/dir/: is a folder, but has content',
    'c27-fifo.zip': 'static/fifo: is a device, pipe or socket, not a file',
    'c29-manifest-dirflag.zip': 'manifest.json: is marked as a folder',
  },
  'zip/link': {
    'c26-symlink.zip': 'static/link: is a link, not a file',
  },
  'zip/unsafe-name': {
    'c02-dotdot-manifest.zip': '../manifest.json: has a ".." segment in its path',
    'c03-dotdot-mid-manifest.zip': 'x/../manifest.json: has a ".." segment in its path',
    'c05-absolute-manifest.zip': '/manifest.json: is an absolute path',
    'c06-backslash.zip': 'has a backslash in its name',
    'c08-drive.zip': 'has a backslash in its name',
    'c09-drive-relative.zip': 'C:evil.txt: begins with a drive letter',
    'c11-escape-in-name.zip': 'fake log line.png: has a control character',
    'c12-bidi-in-name.zip': 'static/\u202egnp.exe: has a control character or a text direction character',
    'c23-name-65535-bytes.zip': 'has a name of 65535 bytes, over the limit of 1024',
    'c24-empty-name.zip': '(no name): has an empty name',
    'c30-dot-slash.zip': './manifest.json: has a "." segment in its path',
    'c32-static-dot.zip': 'static/.: has a "." segment in its path',
    'c33-static-dotdot.zip': 'static/..: has a ".." segment in its path',
    'e07-function-dotdot.zip': 'hello.zip: ../../etc/cron.d/x: has a ".." segment in its path',
  },
  'zip/duplicate-entry': {
    'c14-duplicate-manifest-same.zip': 'manifest.json: appears twice in the zip',
    'c15-case-variant-manifest.zip': 'Manifest.json: differs from manifest.json only in case',
    'c17-duplicate-function.zip': 'hello.zip: appears twice in the zip',
    'c21-nfc-nfd.zip': 'only in case or Unicode form',
  },
  'manifest/missing': {
    'b05-empty-archive.zip': 'manifest.json: is missing',
    'd01-no-manifest.zip': 'manifest.json: is missing',
  },
  'manifest/too-large': {
    'b22-bomb-manifest-200MB.zip': 'has 200000000 bytes, over the limit of 1048576 for a manifest',
  },
  'manifest/json': {
    'd02-empty-manifest.zip': 'the JSON ends too early',
    'd05-bom.zip': 'the file starts with a byte order mark',
    'd07-duplicate-keys.zip': 'the key "app_id" appears twice',
    'd08-deep-nesting.zip': 'the nesting is deeper than 10000 levels',
    'd10-comment.zip': 'JSON has no comments',
    'd16-invalid-utf8.zip': 'the text is not valid UTF-8',
    'd17-lone-surrogate.zip': 'a lone surrogate',
    'd29-trailing-data.zip': 'unexpected text after the JSON value',
  },
  'manifest/type': {
    'd11-root-array.zip': 'manifest.json: must be a JSON object, not a list',
    'd13-root-string.zip': 'manifest.json: must be a JSON object, not a string',
  },
  'manifest/app-id': {
    'd19-appid-traversal.zip': 'app_id: must not contain "/"',
    'd22-appid-33.zip': `app_id: "${'a'.repeat(33)}" has 33 bytes`,
  },
  'manifest/version': {
    'd23-version-long.zip': 'version: "v1.0.0-rc.1" has 11 bytes',
  },
  'manifest/required': {
    'd24-fname-2.zip': 'aws_lambda.functions[0].name: is missing',
  },
  'manifest/deploy-type': {
    'd25-no-aws-lambda.zip': 'aws_lambda: is missing',
  },
  'manifest/duplicate-function': {
    'd32-duplicate-function-names.zip': 'functions[1].name: another function has the name "hello"',
  },
  'manifest/url': {
    'd34-homepage-javascript.zip': 'homepage_url: "javascript:alert(1)" is not a valid http(s) URL',
  },
  'asset/too-large': {
    'b23-bomb-static-1GB-honest.zip': 'has 1000000000 bytes, over the limit of 104857600 for an asset',
  },
  'asset/duplicate-key': {
    'c20-static-key-collision.zip': 'static/a-b.txt: has the same S3 key as static/a b.txt',
  },
  'aws/function-name': {
    'd20-appid-unicode.zip': 'which AWS does not allow',
    'd24-fname-1.zip': 'has the Lambda name "com.example.hello_v1.0.0_a29cb9',
    'd24-fname-4.zip': 'function hello.v2 has the Lambda name',
    'd24-fname-5.zip': 'function hello:prod has the Lambda name',
  },
  'install/icon': {
    // It has 300 functions, which is within the limit, but not its icon.
    'd35-300-functions.zip': 'icon: "icon.png" is not an asset of the bundle',
  },
  'function/no-archive': {
    'd26-function-missing.zip': 'function hello has no archive in the bundle',
  },
  'function/empty-archive': {
    'e01-function-empty-zip.zip': 'hello.zip: is an empty archive',
    'e03-function-zero-bytes.zip': 'hello.zip: is empty',
  },
  'function/too-large': {
    'e04-function-unzips-to-300MB.zip': 'hello.zip: has 300000000 bytes when uncompressed',
  },
  'function/entry-point': {
    'b52-nested-stored-zip.zip': 'hello.zip: has no index.js',
    'e06-function-wrapped.zip': 'hello.zip: has no index.js',
  },
};

const folder = fileURLToPath(new URL('../fixtures/hostile-zips', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/outcomes.json`, 'utf8')) as Case[];

/** The rule and the text in {@link REFUSED}. */
function findRefusal(file: string): readonly [rule: string, text: string] | undefined {
  return Object.entries(REFUSED).flatMap(([rule, files]) => {
    const text = files[file];
    return text === undefined ? [] : [[rule, text] as const];
  })[0];
}

describe.concurrent('aws validate', () => {
  test.each(cases)('$outcome $file: $why', async ({ file, outcome }) => {
    const { code, stdout, stderr } = await runCli(['aws', 'validate', '--json', `${folder}/${file}`]);
    expect(stderr).toBe('');
    expect([...stdout].filter((char) => char < ' ' && char !== '\n')).toEqual([]);
    const { valid, findings } = JSON.parse(stdout) as { valid: boolean; findings: Finding[] };
    const error = findings.find(({ severity }) => severity === 'error');
    const refusal = findRefusal(file);
    expect(valid).toBe(outcome === 'ACCEPT' || ACCEPTED.has(file));
    expect(valid).toBe(error === undefined && refusal === undefined);
    expect(code).toBe(valid ? 0 : 2);
    expect(error?.rule).toBe(refusal?.[0]);
    if (refusal !== undefined) expect(`${error?.location}: ${error?.message}`).toContain(refusal[1]);
  });
});
