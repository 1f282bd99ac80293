import { describeScenario } from './describe-scenario.js';
import { twoDeploymentsScenario } from './scenarios.js';

describeScenario('two deployments', async (folder) => [await twoDeploymentsScenario(folder)]);
