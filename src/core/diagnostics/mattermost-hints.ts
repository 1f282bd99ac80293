import type { Hint } from './vocabulary.js';

/** What to do about a server that cannot use apps on AWS. */
export const CONFIGURE_AWS_HINT: Hint = ({ initCommand }) =>
  `start the server with MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET set to the values from ${initCommand}`;
