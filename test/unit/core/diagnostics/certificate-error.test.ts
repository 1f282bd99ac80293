import { expect, test } from 'vitest';
import { explainCertificateError } from '../../../../src/core/diagnostics/certificate-error.js';
import { CERTIFICATE } from '../../../support/messages/aws.js';

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', CERTIFICATE.ownAuthority],
  ['SELF_SIGNED_CERT_IN_CHAIN', CERTIFICATE.ownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', CERTIFICATE.ownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', CERTIFICATE.ownAuthority],
  ['CERT_UNTRUSTED', CERTIFICATE.ownAuthority],
  ['CERT_HAS_EXPIRED', /^renew the certificate/],
  ['CERT_NOT_YET_VALID', /clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /host name/],
])('%s is explained', (code, hint) => {
  expect(explainCertificateError(code)).toEqual({
    message: CERTIFICATE.untrusted(code),
    hint: expect.stringMatching(hint),
  });
});

test.each(['ECONNREFUSED', 'EPROTO', 'ERR_TLS_HANDSHAKE_TIMEOUT', ''])(
  '%j is not about a certificate',
  (code) => {
    expect(explainCertificateError(code)).toBeUndefined();
  },
);
