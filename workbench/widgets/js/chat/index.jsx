import "../base/base.css";
import "../base/markdown.css";
import "./chat.css";
import "./rows.css";
import { panel } from "../base/panel.jsx";
import { Chat } from "./chat.jsx";

export default panel(Chat);
