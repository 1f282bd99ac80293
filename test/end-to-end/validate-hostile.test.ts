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
  'b34-two-archives-concatenated.zip': /another zip precedes it in the file/,
  'b35-hidden-local-entry.zip': ACCEPTED,
  'b44-descriptor-crc-differs.zip': /its data descriptor is missing or contradicts the central directory/,
  'b46-eocd-in-comment.zip': /it has several end of central directory records/,
  'b52-nested-stored-zip.zip': /hello\.zip: has no index\.js/,
  'c21-nfc-nfd.zip': /only in case or Unicode form/,
  'c29-manifest-dirflag.zip': /is marked as a folder, but its name does not end with "\/"/,
  'c30-dot-slash.zip': /has a "\." segment in its path/,
  'c39-trailing-space-dot.zip': ACCEPTED,
  'd05-bom.zip': /the file starts with a byte order mark/,
  'd28-uppercase-keys.zip': ACCEPTED,
  'd31-runtime-unknown.zip': /note: function hello: uses runtime cobol, which appsctl does not know/,
  // As many functions are fine; that its icon is missing is not.
  'd35-300-functions.zip':
    /error: icon: "icon\.png" is not an asset of the bundle.*cannot be deployed: 1 error,/s,
  'e06-function-wrapped.zip':
    /it stands at hello\/index\.js: archive the content of the folder, not the folder/,
  'e07-function-dotdot.zip': /hello\.zip: \.\.\/\.\.\/etc\/cron\.d\/x: has a "\.\." segment in its path/,
};

const JSON_ERROR = 'error: manifest\\.json: is not valid JSON: ';
const OVERLAP = /overlaps the next entry or the central directory/;
/** Why the others are refused. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'b01-truncated-half.zip': /no end of central directory record: the file is truncated/,
  'b02-no-eocd.zip': /data follows the end of central directory record, or its comment is truncated/,
  'b04-zero-bytes.zip': /is no zip: it is an empty file/,
  'b05-empty-archive.zip': /manifest\.json: is missing \(put it at the root of the zip\)/,
  'b07-html.zip': /is no zip: it is a web page/,
  'b08-bad-crc-static.zip': /static\/b\.txt: cannot be read: its CRC-32 checksum is wrong/,
  'b10-bad-crc-function.zip': /hello\.zip: cannot be read: its CRC-32 checksum is wrong/,
  'b11-declared-size-too-small.zip': /static\/l\.txt: cannot be read: its uncompressed size is larger/,
  'b13-csize-past-eof.zip': OVERLAP,
  'b14-local-offset-oob.zip': OVERLAP,
  'b16-local-name-hides-manifest.zip': /manifest\.json: cannot be read: its local file header contradicts/,
  'b17-local-method-differs.zip': /static\/m\.txt: cannot be read: its local file header contradicts/,
  'b19-local-crc-differs.zip': /static\/m\.txt: cannot be read: its local file header contradicts/,
  'b20-overlap-shared-local.zip': OVERLAP,
  'b25-bomb-manifest-1GB-lying.zip': /manifest\.json: cannot be read: its uncompressed size is larger/,
  'b26-encrypted-zipcrypto.zip': /: is encrypted/,
  'b28-strong-encryption.zip': /its central directory is damaged: an entry is strongly encrypted/,
  'b29-method-bzip2.zip': /static\/m\.bin: has compression method 12/,
  'b29-method-implode.zip': /static\/m\.bin: has compression method 6/,
  'b29-method-lzma.zip': /static\/m\.bin: has compression method 14/,
  'b29-method-xz.zip': /static\/m\.bin: has compression method 95/,
  'b29-method-zstd.zip': /static\/m\.bin: has compression method 93/,
  'b31-count-too-high.zip': /its central directory is shorter than the end of central directory record says/,
  'b32-count-too-low.zip': /the number of entries and the size of its central directory do not match/,
  'b37-zip64-2e63-size.zip': OVERLAP,
  'b38-zip64-negative-offset.zip': OVERLAP,
  'b40-deflate-garbage.zip': /static\/g\.bin: cannot be read: its deflated data is damaged/,
  'b41-deflate-truncated.zip': /static\/g\.bin: cannot be read: its deflated data is damaged/,
  'b43-directory-with-data.zip': /static\/dir\/: is a folder, but has content/,
  'b47-comment-length-too-long.zip':
    /data follows the end of central directory record, or its comment is truncated/,
  'b50-zip64-count-2e31.zip': /it has 2147483648 entries, over the limit of 20000/,
  'b53-overlap-inside-stored.zip': OVERLAP,
  'c02-dotdot-manifest.zip': /error: \.\.\/manifest\.json: has a "\.\." segment/,
  'c03-dotdot-mid-manifest.zip': /x\/\.\.\/manifest\.json: has a "\.\." segment/,
  'c05-absolute-manifest.zip': /error: \/manifest\.json: is an absolute path/,
  'c06-backslash.zip': /has a backslash in its name/,
  'c08-drive.zip': /has a backslash in its name/,
  'c09-drive-relative.zip': /C:evil\.txt: begins with a drive letter/,
  'c11-escape-in-name.zip':
    /static\/\\u001b\[2J.*\\u000d\\u000afake log line\.png: has a control or direction/,
  'c12-bidi-in-name.zip': /static\/\\u202egnp\.exe: has a control or direction/,
  'c14-duplicate-manifest-same.zip': /manifest\.json: stands twice in the zip/,
  'c15-case-variant-manifest.zip': /Manifest\.json: differs from manifest\.json only in case/,
  'c17-duplicate-function.zip': /hello\.zip: stands twice in the zip/,
  'c20-static-key-collision.zip': /static\/a-b\.txt: gets the same S3 key as static\/a b\.txt/,
  'c23-name-65535-bytes.zip': /has a name of 65535 bytes, over the limit of 1024/,
  'c24-empty-name.zip': /\(no name\): has an empty name/,
  'c26-symlink.zip': /static\/link: is a link, not a file/,
  'c27-fifo.zip': /static\/fifo: is a device, pipe or socket, not a file/,
  'c32-static-dot.zip': /static\/\.: has a "\." segment/,
  'c33-static-dotdot.zip': /static\/\.\.: has a "\.\." segment/,
  'd01-no-manifest.zip': /manifest\.json: is missing/,
  'd02-empty-manifest.zip': new RegExp(`${JSON_ERROR}the JSON ends too early`),
  'd07-duplicate-keys.zip': new RegExp(`${JSON_ERROR}the key "app_id" appears twice`),
  'd08-deep-nesting.zip': new RegExp(`${JSON_ERROR}the nesting is deeper than 10000 levels`),
  'd10-comment.zip': new RegExp(`${JSON_ERROR}JSON has no comments`),
  'd11-root-array.zip': /manifest\.json: must hold a JSON object, not a list/,
  'd13-root-string.zip': /manifest\.json: must hold a JSON object, not a string/,
  'd16-invalid-utf8.zip': new RegExp(`${JSON_ERROR}the text is not valid UTF-8`),
  'd17-lone-surrogate.zip': new RegExp(`${JSON_ERROR}a lone surrogate is not a valid character`),
  'd19-appid-traversal.zip': /app_id: may not contain "\/"/,
  'd20-appid-unicode.zip': /which AWS Lambda refuses/,
  'd22-appid-33.zip': /app_id: "a{33}" has 33 bytes/,
  'd23-version-long.zip': /version: "v1\.0\.0-rc\.1" has 11 bytes/,
  'd24-fname-1.zip': /would be named "com\.example\.hello_v1\.0\.0_a29cb9\w+", which AWS Lambda refuses/,
  'd24-fname-2.zip': /aws_lambda\.functions\[0\]\.name: is missing/,
  'd24-fname-4.zip': /hello\.v2: would be named .* which AWS Lambda refuses/,
  'd24-fname-5.zip': /hello:prod: would be named .* which AWS Lambda refuses/,
  'd25-no-aws-lambda.zip': /aws_lambda: is missing/,
  'd26-function-missing.zip': /hello: has no archive in the bundle \(add hello\.zip or hello\.jar\)/,
  'd29-trailing-data.zip': new RegExp(`${JSON_ERROR}unexpected text after the JSON value`),
  'd32-duplicate-function-names.zip': /functions\[1\]\.name: the name "hello" is already taken/,
  'd34-homepage-javascript.zip': /homepage_url: "javascript:alert\(1\)" is not an http\(s\) URL/,
  'e01-function-empty-zip.zip': /hello\.zip: is an empty archive/,
  'e03-function-zero-bytes.zip': /hello\.zip: is empty/,
  'e04-function-unzips-to-300MB.zip': /hello\.zip: unpacks to 300000000 bytes, over the limit of 262144000/,
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
    if (outcome === 'ACCEPT') expect(accepted).toBe(true);
    else expect(stdout).toMatch((outcome === 'REJECT' ? REFUSALS : DECISIONS)[file] ?? /^it is missing$/);
  });
});
