import { describeScenario } from './describe-scenario.js';
import { redeployScenario } from './scenarios.js';

describeScenario('redeploy', async (folder) => [await redeployScenario(folder)]);
