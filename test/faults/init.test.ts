import { describeScenario } from './describe-scenario.js';
import { initScenario, rotateInSecretScenario, rotateScenario } from './scenarios.js';

describeScenario('init', () => Promise.all([initScenario(), rotateScenario(), rotateInSecretScenario()]));
