/** The codes of TLS errors that mean that a certificate was rejected. Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_ERROR =
  /^(?:ERR_TLS_CERT_|CERT_|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE$|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$)/;

/** A certificate that was rejected. */
export interface CertificateProblem {
  /** What is wrong, to follow the name of the server. */
  readonly message: string;
  readonly hint: string;
}

/**
 * Explains an error code of a TLS connection.
 *
 * @param code the `code` of an error of Node.js
 * @returns undefined when the code is not about a certificate
 */
export function explainCertificateError(code: string): CertificateProblem | undefined {
  if (!CERTIFICATE_ERROR.test(code)) return undefined;
  return {
    message: `has a certificate that this machine does not trust (${code})`,
    hint: chooseHint(code),
  };
}

function chooseHint(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'renew the certificate, or check the clock of this machine';
    case 'CERT_NOT_YET_VALID':
      return 'check the clock of this machine';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'use a host name that the certificate is valid for';
    default:
      return 'NODE_EXTRA_CA_CERTS=ca.pem makes Node.js trust your own CA';
  }
}
