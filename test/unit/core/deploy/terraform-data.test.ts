import { expect, test } from 'vitest';
import { encodeTerraformData } from '../../../../src/core/deploy/terraform-data.js';
import { bundleOf } from './builders.js';

test('names functions, assets and the manifest, sorted by UTF-8 bytes', () => {
  const bundle = bundleOf({ functions: ['send', 'Ask', 'ask'], assets: ['z.png', 'a b.png', 'ü.png'] });
  expect(encodeTerraformData(bundle)).toBe(`{
	"static_files": {
		"a b.png": {
			"key": "static/com.example.test_1.0.0_app/a-b.png"
		},
		"z.png": {
			"key": "static/com.example.test_1.0.0_app/z.png"
		},
		"ü.png": {
			"key": "static/com.example.test_1.0.0_app/ü.png"
		}
	},
	"lambda_functions": {
		"Ask": {
			"name": "com-example-test_1-0-0_Ask",
			"handler": "index.handler",
			"runtime": "nodejs22.x"
		},
		"ask": {
			"name": "com-example-test_1-0-0_ask",
			"handler": "index.handler",
			"runtime": "nodejs22.x"
		},
		"send": {
			"name": "com-example-test_1-0-0_send",
			"handler": "index.handler",
			"runtime": "nodejs22.x"
		}
	},
	"manifest_key": "manifests/com.example.test_1.0.0.json"
}
`);
});

test('of a bundle without assets has an empty object', () => {
  expect(encodeTerraformData(bundleOf({ functions: ['go'] }))).toContain('"static_files": {},\n');
});
