import type { Account } from '../aws/arn.js';
import { isClusterArn } from '../aws/valid-names.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { IamPolicyDocument, IamStatement } from './deploy-policy.js';
import { webIdentityStatement } from './web-identity.js';

/** How the pods of a cluster get the credentials of a role. */
export const POD_CREDENTIALS = ['pod-identity', 'irsa'] as const;
export type PodCredentials = (typeof POD_CREDENTIALS)[number];

/** Which pods may assume a role. */
export interface PodSource {
  readonly credentials: PodCredentials;
  /** Their service account: `NAMESPACE/NAME`. */
  readonly serviceAccount: string;
  /** For `pod-identity`: the ARN of the cluster; undefined for all clusters of the account. */
  readonly cluster: string | undefined;
  /** For `irsa`: the OpenID Connect issuer of the cluster. */
  readonly issuer: string | undefined;
}

/**
 * Returns the trust policy of the role of a deployer that runs on Amazon EKS. Sources:
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html,
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 *
 * @throws AppsctlError USAGE for a source that is not complete
 */
export function deployerTrustPolicy(account: Account, source: PodSource): IamPolicyDocument {
  const [, namespace = '', name = ''] =
    /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(source.serviceAccount) ?? [];
  if (name === '') {
    const message = `service account ${JSON.stringify(source.serviceAccount)} is not of the form NAMESPACE/NAME`;
    throw new AppsctlError('USAGE', message);
  }
  const statement =
    source.credentials === 'irsa'
      ? webIdentity(account, source, `system:serviceaccount:${namespace}:${name}`)
      : podIdentity(source, namespace, name);
  return { Version: '2012-10-17', Statement: [statement] };
}

function webIdentity(account: Account, { issuer, cluster }: PodSource, subject: string): IamStatement {
  if (issuer === undefined || cluster !== undefined) {
    throw new AppsctlError('USAGE', 'with IRSA, the cluster is named by its OpenID Connect issuer', {
      hint: (vocabulary) => `set ${vocabulary.issuer}, and not ${vocabulary.cluster}`,
    });
  }
  return webIdentityStatement(account, { issuer, audience: 'sts.amazonaws.com', subject });
}

function podIdentity({ issuer, cluster }: PodSource, namespace: string, name: string): IamStatement {
  if (issuer !== undefined) {
    throw new AppsctlError('USAGE', 'with Pod Identity, the cluster is named by its ARN', {
      hint: (vocabulary) => `set ${vocabulary.cluster}, and not ${vocabulary.issuer}`,
    });
  }
  if (cluster !== undefined && !isClusterArn(cluster)) {
    throw new AppsctlError('USAGE', `cluster ${JSON.stringify(cluster)} is not the ARN of a cluster`, {
      hint: 'name it as in arn:aws:eks:us-east-1:111122223333:cluster/main',
    });
  }
  return {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        ...(cluster !== undefined && { 'aws:RequestTag/eks-cluster-arn': cluster }),
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': name,
      },
    },
  };
}
