import { expect, test } from 'vitest';
import { explainCertificateError } from '../../../../src/core/diagnostics/certificate-error.js';

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /^NODE_EXTRA_CA_CERTS=/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /^NODE_EXTRA_CA_CERTS=/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /^NODE_EXTRA_CA_CERTS=/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /^NODE_EXTRA_CA_CERTS=/],
  ['CERT_UNTRUSTED', /^NODE_EXTRA_CA_CERTS=/],
  ['CERT_HAS_EXPIRED', /^renew the certificate/],
  ['CERT_NOT_YET_VALID', /clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /host name/],
])('%s is explained', (code, hint) => {
  expect(explainCertificateError(code)).toEqual({
    message: `has a certificate that this machine does not trust (${code})`,
    hint: expect.stringMatching(hint),
  });
});

test.each(['ECONNREFUSED', 'EPROTO', 'ERR_TLS_HANDSHAKE_TIMEOUT', ''])(
  '%j is not about a certificate',
  (code) => {
    expect(explainCertificateError(code)).toBeUndefined();
  },
);
