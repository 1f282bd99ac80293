import { expect, test } from 'vitest';
import { encodeTerraformData } from '../../../../src/core/deploy/terraform-data.js';
import { encodeAssetData } from '../../../../src/core/unpack/asset-data.js';
import { ownFiles } from '../../../../src/core/unpack/own-files.js';
import { bundleOf } from '../deploy/builders.js';

const bundle = bundleOf({ functions: ['send', 'ask'], assets: ['z.png', 'a b.html', '__proto__'] });
const data = encodeTerraformData(bundle);
const sha256 = new Map(bundle.assets.map(({ path }) => [path, `sha256 of ${path}`]));
const assets = encodeAssetData(bundle.assets, sha256);

function find(terraformData: string, assetData: string): string[] | undefined {
  const files = ownFiles(Buffer.from(terraformData), Buffer.from(assetData));
  return files && [...files].sort();
}

test('assets have what an upload needs, sorted by path', () => {
  expect(assets).toBe(`{
	"__proto__": {
		"key": "static/com.example.test_1.0.0_app/__proto__",
		"content_type": "application/octet-stream",
		"sha256": "sha256 of __proto__",
		"size": 1
	},
	"a b.html": {
		"key": "static/com.example.test_1.0.0_app/a-b.html",
		"content_type": "text/html; charset=utf-8",
		"sha256": "sha256 of a b.html",
		"size": 1
	},
	"z.png": {
		"key": "static/com.example.test_1.0.0_app/z.png",
		"content_type": "image/png",
		"sha256": "sha256 of z.png",
		"size": 1
	}
}
`);
});

test('the files of a run are known from what it has written', () => {
  expect(find(data, assets)).toEqual([
    'assets.json',
    'functions/ask.zip',
    'functions/send.zip',
    'manifest.json',
    'static/__proto__',
    'static/a b.html',
    'static/z.png',
    'terraform-data.json',
  ]);
});

test.each([
  ['no JSON', '', assets],
  ['no object', '[]', assets],
  ['an empty object', '{}', assets],
  ['another field', data.replace('{', '{"more": 1,'), assets],
  ['another field of a function', data.replace('"handler"', '"memory": 1, "handler"'), assets],
  ['no JSON about the assets', data, ''],
  ['other assets', data, assets.replace('z.png', 'y.png')],
  ['fewer assets', data, '{}'],
  ['another field of an asset', data, assets.replace('"size"', '"more": 1, "size"')],
])('other files are not taken for those of a run: %s', (_, terraformData, assetData) => {
  expect(find(terraformData, assetData)).toBeUndefined();
});
