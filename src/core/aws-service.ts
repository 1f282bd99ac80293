/** The services of AWS that appsctl uses. */
export type AwsService = 'iam' | 'lambda' | 'logs' | 's3' | 'secretsmanager' | 'sts';
