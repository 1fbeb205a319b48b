/**
 * Ends this process soon after its parent is gone. The Pulumi engine ends its plugins and programs itself, but not
 * when it is killed; `beforeExit` may then break off what is under way, since nobody is left to take the result.
 */
export function endWithParent(beforeExit?: () => void): void;
