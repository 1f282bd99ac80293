import type { Account } from '../aws/arn.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { IamPolicyDocument } from './deploy-policy.js';
import { issuerHost, webIdentityStatement } from './web-identity.js';

/** The services whose pipelines can assume a role with OpenID Connect. */
export const CI_PROVIDERS = ['github', 'gitlab'] as const;
export type CiProvider = (typeof CI_PROVIDERS)[number];

/** Which pipelines may assume a role. */
export interface CiSource {
  readonly provider: CiProvider;
  /** GitHub: `OWNER/REPO`, or `OWNER@ID/REPO@ID`; GitLab: the path of the project, `GROUP/PROJECT`. */
  readonly repository: string;
  /** GitHub: the environment of the job. */
  readonly environment: string | undefined;
  /** The branch, or the ref `refs/heads/…` or `refs/tags/…`; `*` is any text. */
  readonly ref: string | undefined;
  /** The host, and path, of the issuer; that of github.com or gitlab.com by default. */
  readonly issuer: string | undefined;
}

const ISSUERS: Readonly<Record<CiProvider, string>> = {
  github: 'token.actions.githubusercontent.com',
  gitlab: 'gitlab.com',
};

/**
 * Returns the trust policy of a role that pipelines assume. Sources of the claims:
 * https://docs.github.com/en/actions/reference/security/oidc,
 * https://docs.gitlab.com/ci/secrets/id_token_authentication
 *
 * @throws AppsctlError USAGE for a source that does not name a repository and either an environment or a ref
 */
export function ciTrustPolicy(account: Account, source: CiSource): IamPolicyDocument {
  const { provider, issuer = ISSUERS[provider] } = source;
  const subject = provider === 'github' ? githubSubject(source) : gitlabSubject(source);
  // The audience that configure-aws-credentials asks for, and that of GitLab's documentation.
  const audience = provider === 'github' ? 'sts.amazonaws.com' : `https://${issuerHost(issuer)}`;
  return { Version: '2012-10-17', Statement: [webIdentityStatement(account, { issuer, audience, subject })] };
}

/** Whether a GitHub repository is named with the immutable IDs that newer repositories have in their subject. */
export function hasImmutableIds(repository: string): boolean {
  return /^[^@/]+@\d+\/[^@/]+@\d+$/.test(repository);
}

function githubSubject({ repository, environment, ref }: CiSource): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) && !hasImmutableIds(repository)) {
    throw invalid(repository, 'OWNER/REPO or OWNER@ID/REPO@ID');
  }
  if ((environment === undefined) === (ref === undefined)) {
    const message = 'either the environment or the ref of the pipelines must be named';
    throw new AppsctlError('USAGE', message, {
      hint: (vocabulary) => `set ${vocabulary.environment} if the jobs have one, else ${vocabulary.ref}`,
    });
  }
  if (environment !== undefined) return `repo:${repository}:environment:${escapeColons(environment)}`;
  return `repo:${repository}:ref:${escapeColons(toRef(ref ?? ''))}`;
}

function gitlabSubject({ repository, environment, ref }: CiSource): string {
  if (!/^[\w.-]+(?:\/[\w.-]+)+$/.test(repository)) throw invalid(repository, 'GROUP/PROJECT');
  if (environment !== undefined || ref === undefined) {
    const message = 'the pipelines of GitLab are told apart by their ref, and not by an environment';
    throw new AppsctlError('USAGE', message, {
      hint: (vocabulary) => `set ${vocabulary.ref}, and not ${vocabulary.environment}`,
    });
  }
  const [, type = '', name = ''] = /^refs\/(heads|tags)\/(.*)$/.exec(toRef(ref)) ?? [];
  return `project_path:${repository}:ref_type:${type === 'tags' ? 'tag' : 'branch'}:ref:${name}`;
}

function toRef(ref: string): string {
  return /^refs\/(?:heads|tags)\//.test(ref) ? ref : `refs/heads/${ref}`;
}

/** Colons separate the parts of a subject. */
function escapeColons(text: string): string {
  return text.replaceAll(':', '%3A');
}

function invalid(repository: string, expected: string): AppsctlError {
  return new AppsctlError('USAGE', `repository ${JSON.stringify(repository)} is not of the form ${expected}`);
}
