import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/diagnostics/findings.js';
import type { Rule } from '../../src/core/diagnostics/rules.js';
import { FILE_KIND, FINDING, JSON_PROBLEM, ZIP } from '../support/messages/bundle.js';
import { findingText } from '../support/messages/output.js';
import { runInProcess } from '../support/run-in-process.js';

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

/**
 * Why the others are refused: the rule of the first error, and a part of its location and message. The location alone is
 * enough where it and the rule say what is wrong.
 */
const REFUSED: Readonly<Partial<Record<Rule, Readonly<Record<string, string>>>>> = {
  'zip/invalid': {
    'b01-truncated-half.zip': ZIP.noEnd,
    'b02-no-eocd.zip': ZIP.notAtEnd,
    'b04-zero-bytes.zip': FINDING.notZip(FILE_KIND.empty),
    'b07-html.zip': FINDING.notZip(FILE_KIND.webPage),
    'b13-csize-past-eof.zip': ZIP.overlap('static/l.txt'),
    'b14-local-offset-oob.zip': ZIP.overlap('static/l.txt'),
    'b20-overlap-shared-local.zip': ZIP.overlap('static/k0.bin'),
    'b28-strong-encryption.zip': ZIP.stronglyEncrypted,
    'b31-count-too-high.zip': ZIP.shortDirectory,
    'b32-count-too-low.zip': ZIP.countMismatch,
    'b34-two-archives-concatenated.zip': ZIP.precededByZip,
    'b37-zip64-2e63-size.zip': ZIP.overlap('static/huge.bin'),
    'b38-zip64-negative-offset.zip': ZIP.overlap('static/huge.bin'),
    'b46-eocd-in-comment.zip': ZIP.severalEnds,
    'b47-comment-length-too-long.zip': ZIP.notAtEnd,
    'b53-overlap-inside-stored.zip': ZIP.overlap('static/blob.bin'),
  },
  'zip/too-large': {
    'b50-zip64-count-2e31.zip': ZIP.tooManyEntries(2_147_483_648, 20_000),
  },
  'zip/damaged-entry': {
    'b08-bad-crc-static.zip': unreadable('static/b.txt', ZIP.wrongChecksum),
    'b10-bad-crc-function.zip': unreadable('hello.zip', ZIP.wrongChecksum),
    'b11-declared-size-too-small.zip': unreadable('static/l.txt', ZIP.larger),
    'b16-local-name-hides-manifest.zip': unreadable('manifest.json', ZIP.contradiction),
    'b17-local-method-differs.zip': unreadable('static/m.txt', ZIP.contradiction),
    'b19-local-crc-differs.zip': unreadable('static/m.txt', ZIP.contradiction),
    'b25-bomb-manifest-1GB-lying.zip': unreadable('manifest.json', ZIP.larger),
    'b40-deflate-garbage.zip': unreadable('static/g.bin', ZIP.damagedData),
    'b41-deflate-truncated.zip': unreadable('static/g.bin', ZIP.damagedData),
    'b44-descriptor-crc-differs.zip': unreadable('static/dd.txt', ZIP.badDescriptor),
  },
  'zip/unsupported-entry': {
    'b26-encrypted-zipcrypto.zip': findingText('static/enc.txt', ZIP.encrypted),
    'b29-method-bzip2.zip': findingText('static/m.bin', ZIP.method(12)),
    'b29-method-implode.zip': findingText('static/m.bin', ZIP.method(6)),
    'b29-method-lzma.zip': findingText('static/m.bin', ZIP.method(14)),
    'b29-method-xz.zip': findingText('static/m.bin', ZIP.method(95)),
    'b29-method-zstd.zip': findingText('static/m.bin', ZIP.method(93)),
    'b43-directory-with-data.zip': findingText('static/dir/', ZIP.folderWithContent),
    'c27-fifo.zip': findingText('static/fifo', ZIP.special),
    'c29-manifest-dirflag.zip': findingText('manifest.json', ZIP.markedAsFolder),
  },
  'zip/link': {
    'c26-symlink.zip': 'static/link: ',
  },
  'zip/unsafe-name': {
    'c02-dotdot-manifest.zip': '../manifest.json: ',
    'c03-dotdot-mid-manifest.zip': 'x/../manifest.json: ',
    'c05-absolute-manifest.zip': '/manifest.json: ',
    'c06-backslash.zip': 'static\\win\\icon.png: ',
    'c08-drive.zip': 'C:\\Windows\\evil.txt: ',
    'c09-drive-relative.zip': 'C:evil.txt: ',
    'c11-escape-in-name.zip': 'fake log line.png: ',
    'c12-bidi-in-name.zip': 'static/\u202egnp.exe: ',
    'c23-name-65535-bytes.zip': '65535 bytes',
    'c24-empty-name.zip': '(no name): ',
    'c30-dot-slash.zip': './manifest.json: ',
    'c32-static-dot.zip': 'static/.: ',
    'c33-static-dotdot.zip': 'static/..: ',
    'e07-function-dotdot.zip': 'hello.zip: ../../etc/cron.d/x: ',
  },
  'zip/duplicate-entry': {
    'c14-duplicate-manifest-same.zip': 'manifest.json: ',
    'c15-case-variant-manifest.zip': 'Manifest.json: ',
    'c17-duplicate-function.zip': 'hello.zip: ',
    'c21-nfc-nfd.zip': 'static/e\u0301.txt: ',
  },
  'manifest/missing': {
    'b05-empty-archive.zip': 'manifest.json: ',
    'd01-no-manifest.zip': 'manifest.json: ',
  },
  'manifest/too-large': {
    'b22-bomb-manifest-200MB.zip': '200000000 bytes',
  },
  'manifest/json': {
    'd02-empty-manifest.zip': JSON_PROBLEM.endsEarly,
    'd05-bom.zip': JSON_PROBLEM.byteOrderMark,
    'd07-duplicate-keys.zip': JSON_PROBLEM.repeatedKey('app_id'),
    'd08-deep-nesting.zip': JSON_PROBLEM.deepNesting,
    'd10-comment.zip': JSON_PROBLEM.comment,
    'd16-invalid-utf8.zip': JSON_PROBLEM.notUtf8,
    'd17-lone-surrogate.zip': JSON_PROBLEM.loneSurrogate,
    'd29-trailing-data.zip': JSON_PROBLEM.textAfter,
  },
  'manifest/type': {
    'd11-root-array.zip': 'manifest.json: ',
    'd13-root-string.zip': 'manifest.json: ',
  },
  'manifest/app-id': {
    'd19-appid-traversal.zip': 'app_id: ',
    'd22-appid-33.zip': `app_id: "${'a'.repeat(33)}"`,
  },
  'manifest/version': {
    'd23-version-long.zip': 'version: "v1.0.0-rc.1"',
  },
  'manifest/required': {
    'd24-fname-2.zip': 'aws_lambda.functions[0].name: ',
  },
  'manifest/deploy-type': {
    'd25-no-aws-lambda.zip': 'aws_lambda: ',
  },
  'manifest/duplicate-function': {
    'd32-duplicate-function-names.zip': 'functions[1].name: ',
  },
  'manifest/url': {
    'd34-homepage-javascript.zip': 'homepage_url: "javascript:alert(1)"',
  },
  'asset/too-large': {
    'b23-bomb-static-1GB-honest.zip': 'static/bomb.bin: ',
  },
  'asset/duplicate-key': {
    'c20-static-key-collision.zip': 'static/a-b.txt: ',
  },
  'aws/function-name': {
    'd20-appid-unicode.zip': 'which AWS does not allow',
    'd24-fname-1.zip': 'has the Lambda name "com.example.hello_v1.0.0_a29cb9',
    'd24-fname-4.zip': 'function hello.v2 has the Lambda name',
    'd24-fname-5.zip': 'function hello:prod has the Lambda name',
  },
  'install/icon': {
    // It has 300 functions, which is within the limit, but not its icon.
    'd35-300-functions.zip': 'icon: "icon.png"',
  },
  'function/no-archive': {
    'd26-function-missing.zip': 'function hello has no archive in the bundle',
  },
  'function/empty-archive': {
    'e01-function-empty-zip.zip': 'hello.zip: ',
    'e03-function-zero-bytes.zip': 'hello.zip: ',
  },
  'function/too-large': {
    'e04-function-unzips-to-300MB.zip': 'hello.zip: ',
  },
  'function/entry-point': {
    'b52-nested-stored-zip.zip': 'hello.zip: ',
    'e06-function-wrapped.zip': 'hello.zip: ',
  },
};

/** A part of the error about an entry that cannot be read. */
function unreadable(entry: string, reason: string): string {
  return findingText(entry, FINDING.unreadable(reason));
}

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
    const { code, stdout, stderr } = await runInProcess(
      ['aws', 'validate', '--json', `${folder}/${file}`],
      {},
    );
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
