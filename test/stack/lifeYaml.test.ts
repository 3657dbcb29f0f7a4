import { yaml } from "./languages/languages";
import { describeLife } from "./languages/suite";

describeLife(yaml);
