//! What words mean, as far as rules need it: a word has concepts, whatever its form and language.
//!
//! A rule never matches a word; it matches an arrangement of concepts (see `phrase.rs`). The lists are data: a word that is
//! missing is added here once and every rule and every arrangement knows it.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A set of concepts.
pub type Concepts = u128;

/// The form of a verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Not a verb, or not inflected.
    #[default]
    Other,
    /// `send`: an order, an infinitive, or a plural present.
    Base,
    /// `sends`: what something does.
    Third,
    /// `sent`.
    Past,
    /// `sending`.
    Ing,
}

/// What the lexicon knows of a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meaning {
    pub concepts: Concepts,
    pub form: Form,
}

/// One concept: its name in phrases, English verbs (inflected by rule), English nouns and others (plural by rule), and
/// words or phrases taken as they are, of any language (accents folded away, lower case).
struct Entry {
    name: &'static str,
    verbs: &'static str,
    nouns: &'static str,
    words: &'static str,
}

const fn entry(name: &'static str, verbs: &'static str, nouns: &'static str, words: &'static str) -> Entry {
    Entry { name, verbs, nouns, words }
}

/// Entries of `words` are separated by commas, so that they can be phrases.
const ENTRIES: &[Entry] = &[
    // To set a rule aside.
    entry(
        "override",
        "ignore disregard forget override overrule supersede discard neglect circumvent bypass evade violate abandon overwrite drop cancel dismiss sidestep subvert defeat dodge ditch escape elude",
        "",
        "forgot,forgotten,overridden,skip over,skip past,do not follow,stop following,no longer follow,do not obey,set aside,\
         ignora,ignorar,ignore,ignorez,ignorer,ignoriere,ignorieren,ignorando,olvida,olvide,omite,omita,reemplazando,reemplaza,reemplazar,anula,anular,anulando,sustituye,\
         oublie,oubliez,remplacant,remplace,remplacez,contourne,contourner,contournent,contournant,vergiss,vergessen,missachte,ersetzt,ersetzen,ersetzend,umgehen,umgeht,uberschreiben,uberschreibt,\
         desconsidere,esqueca,substituindo,contorna,contornar,contornam,eluden,elude,eludir,evaden,omiten,dimentica,sostituendo,sostituisce,aggira,aggirano,aggirare,elude,\
         игнорируй,игнорируите,игнорировать,забудь,забудьте,忽略,无视,無視,忘记,忘記,绕过,繞過,覆盖,無視して,忘れて,回避,무시,무시하고,무시하세요,잊어,우회,тадаи,تجاهل,pay no attention to,paying no attention to,get around,gets around,getting around,work around,works around,outside the normal,outside normal,not subject to,exempt from,set aside,put aside,leave behind,throw out,umgehen,umgeht,umgehend,contournent,contournent les,ignorieren sie,vergessen sie,ignorez,无视,忽视,忽略掉,無視し,無視せよ,무시하십시오,무시해,обходят,обходит,обойти,обходя,забудь все,не обращай внимания на,пренебреги,bypassing,eludiendo,ignoriert,umgehen die,cancelled,slip past,slips past,slipping past,avoids,avoiding,zignoruj,ignoruj,pomin,negeer,negeren,abaikan,yok say,gormezden gel,bo qua,अनदेखा,ігноруй,ignorera,ignorer alle,ignoreaza",
    ),
    entry(
        "replace",
        "replace modify alter change rewrite redirect substitute tamper swap adjust",
        "",
        "cambia,cambie,modifica,modifie,modifiez,andere,andern,altere,更改,修改,替换,изменяй,измени,変更,exchange,swap out,swaps",
    ),
    // Switching a guard off.
    entry(
        "disable",
        "disable deactivate suppress remove lift relax weaken unlock",
        "",
        "turn off,turned off,turns off,switch off,shut off,desactiva,desactivar,desactive,desactivez,deaktiviere,deaktivieren,desative,desativar,disattiva,отключи,отключите,禁用,关闭,無効化,비활성화",
    ),
    entry("skip", "skip omit", "", ""),
    // What steers a model.
    entry(
        "instruction",
        "",
        "instruction directive guideline prompt command rule order programming training guidance constraint norm",
        "instruccion,instrucciones,directiva,directivas,regla,reglas,consigne,consignes,directive,directives,regle,regles,anweisung,anweisungen,regeln,vorgaben,\
         instrucao,instrucoes,diretrizes,regras,istruzione,istruzioni,direttive,regole,инструкции,инструкциям,инструкций,инструкцию,правила,指令,指示,命令,规则,提示词,プロンプト,ルール,지시,명령,지침,规定,التعليمات,تعليمات,behavioral guidelines,told you,you were told,you were given,previously told,reglas,anweisung,direktiven,directrices,предписания,ограничения,указания,указаний,規則,規定,方針,ガイドライン,가이드라인,zasady,instrukcje,polecenia,instructies,regels,instruksi,aturan,talimatlari,talimat,huong dan,निर्देशों,निर्देश,інструкції,instruktioner,instructiunile",
    ),
    // What keeps a model or a system safe.
    entry(
        "guard",
        "",
        "guardrail safeguard restriction constraint limitation filter filtering protection moderation safeguard ethic",
        "content filter,content filters,content filtering,safety,sicherheitsrichtlinien,sicherheitsvorkehrungen,restricciones,restrictions,filtros,garde-fous,安全,限制,过滤,防护,content policy,content policies,content filter,ethical guidelines,ethical rules,ethical considerations,safety rules,safety checks,safety guidelines,safety policies,safety policy,refusal,refusals,refusal behaviour,refusal behavior,censorship,content moderation,安全检查,安全策略,安全限制,内容过滤,安全チェック,安全対策,안전 검사,안전 정책,políticas de seguridad,politicas de seguridad,regles de securite,sicherheitsregeln,politiche di sicurezza,правила безопасности,меры безопасности",
    ),
    entry(
        "security",
        "",
        "security safety permission privilege access authorization authentication approval validation ethics",
        "seguridad,securite,sicherheit,sicherheits,seguranca,sicurezza,permisos,permiso,permissions,berechtigungen,berechtigungs,berechtigung,permissoes,permessi,autorisation,autorisations,безопасности,безопасность,разрешений,разрешения,権限,权限,安全,セキュリティ,보안,권한,acces,d'acces,acceso,accesso,zugriff,zugriffs,zugriffskontrollen,berechtigungsprufungen,role-based,rbac,acl",
    ),
    entry(
        "check",
        "",
        "check control validation verification policy policies gate barrier guard review sanitization enforcement inspection flow restriction",
        "controles,control,controle,controles,verificaciones,validaciones,kontrollen,prufungen,prufung,uberprufungen,verificacoes,controlli,verifications,verification,политики,проверки,проверок,проверку,检查,检测,控制,验证,チェック,確認,검사,확인,policy,berechtigungsprufungen,zugriffskontrollen,kontrolle,control de acceso,controles de acceso,controles d'acces,权限检查,권한 검사,権限チェック,检查,approval process,enforcement,policy enforcement,policy check,policy checks,authorization process",
    ),
    entry(
        "prior",
        "",
        "",
        "previous,prior,earlier,above,preceding,foregoing,previously,previously set,\
         anterior,anteriores,previa,previas,previo,previos,precedent,precedente,precedents,precedentes,precedenti,vorherige,vorherigen,fruheren,bisherigen,предыдущие,предыдущих,предыдущим,之前,先前,以前,以上,上述,前の,以前の,これまで,이전,위의,السابقة,poprzednie,wczesniejsze,eerdere,vorige,sebelumnya,onceki,truoc do,पिछले,попередні,tidigare,anterioare",
    ),
    entry(
        "standing",
        "",
        "",
        "original,existing,initial,former,past,current,conflicting,default,pre-existing",
    ),
    entry(
        "all",
        "",
        "",
        "all,any,every,everything,each,whatever,todas,todos,cualquier,cualquiera,toutes,tous,tout,toute,alle,allen,jede,qualquer,tutte,tutti,qualsiasi,все,всех,любые,所有,全部,任何,すべて,全て,모든,wszystkie,semua,tum,tat ca,सभी,усі,alla,toate",
    ),
    entry(
        "normal",
        "",
        "",
        "normal,ordinary,regular,standard,usual,typical,conventional,customary,normales,ordinarios,habituales,normaux,habituels,normale,normalen,ublichen,normais,normali,обычные,обычных,正常,常规,通常,everyday,habituel,gewohnlichen,normaler,normalen,regulare,regularen,vanlige,usuales",
    ),
    entry(
        "system",
        "",
        "system developer platform",
        "sistema,systeme,systems,система,системы,системные,系统,系統,システム,시스템,التظام",
    ),
    entry(
        "persona",
        "",
        "persona identity character role personality",
        "personaje,personnage,identite,identidad,rolle,personnalite,角色,人格,身份,キャラクター,役割,роль",
    ),
    entry(
        "adopt",
        "adopt assume embody impersonate become",
        "",
        "take on,takes on,taking on,adopta,adoptar,adopte,adoptez,adopter,asumir,annehmen,ubernehmen,assuma,adote,assumere,采用,扮演,принять,принимаи",
    ),
    entry(
        "actas",
        "",
        "",
        "act as,pretend to be,behave as,behave like,respond as,roleplay as,role-play as,simulate being,you are now,from now on you are,actua como,agis comme,handle als,aja como,agisci come,действуй как,ты теперь,你现在是,扮演",
    ),
    // Who is told.
    entry(
        "model",
        "",
        "assistant ai llm agent chatbot claude chatgpt gpt copilot",
        "language model,the model,ai model,ai assistant,ai agent,asistente,assistente,assistent,ассистент,модель,ии,助手,模型,人工智能,アシスタント,어시스턴트,모델,المساعد,the language model,ki,ia,l'ia,la ia,ki-assistent,die ki,нейросеть,语言模型,ai助手,言語モデル,aiへ,인공지능,models,message to model,note to model,attention model,message for model",
    ),
    entry("you", "", "", "you,your,usted,tu,vous,du,sie,voce,ты,вы,你,您,あなた,당신"),
    entry(
        "user",
        "",
        "user human customer operator person client people",
        "end user,end users,end-user,usuario,usuarios,utilisateur,l'utilisateur,utilisateurs,benutzer,nutzer,anwender,usuario,usuarios,utente,utenti,l'utente,al usuario,пользователь,пользователю,пользователя,пользователем,用户,用戶,使用者,ユーザー,사용자,사용자에게,المستخدم,the person,persona usuaria,l'utente,end-users,usuário,benutzers,benutzern,anwenders,dem benutzer,den benutzer,pengguna,kullanici,kullaniciya,uzytkownik,uzytkownikowi,gebruiker,使用者,ユーザ,사용자가,사용자의",
    ),
    entry("them", "", "", "them,him,her,anyone,anybody,they"),
    // Telling and not telling.
    entry(
        "tell",
        "tell mention inform notify reveal disclose alert warn acknowledge admit expose advertise divulge report",
        "",
        "told,let the user know,let them know,make the user aware,bring up,talk about,informar,informe,informes,menciones,mencionar,mencione,digas,diga,decir,decirle,reveles,revelar,avises,notifiques,notificar,\
         informez,informer,mentionne,mentionnez,mentionner,dites,revelez,prevenez,erwahne,erwahnen,informiere,informieren,mitteilen,sagen,verraten,benachrichtigen,mencione,conte,avise,menzionare,informare,dire,rivelare,\
         сообщай,сообщайте,сообщать,говори,говорите,упоминаи,упоминаите,раскрывай,告诉,告訴,告知,提及,透露,通知,披露,伝え,知らせ,言わ,教え,언급,말하,알리,알려,aware,be aware,made aware,find out,finds out,learn about,know about,know of,to know,bring up,let on,speak of,refer to,mencionar,menciona,menciones,informes,informa,informez,mentionner,erwahnen sie,informieren sie,sagen sie,menzionare,menzioni,dire,zeggen,vertel,poinformuj,bilgilendir,告げ,伝えな,話さ,知らせな,말하지,알리지,언급하지",
    ),
    entry(
        "show",
        "show display present surface explain describe report include say output log",
        "",
        "shown,said",
    ),
    entry(
        "neg",
        "",
        "",
        "not,no,never,don't,dont,do not,doesn't,won't,must not,should not,shouldn't,mustn't,cannot,can't,nor,neither,isn't,aren't,no need to,there is no need to,not need to,needn't,avoid,refrain from,stop,nunca,jamas,ne,pas,jamais,nicht,niemals,kein,keine,nao,non,mai,не,никогда,нельзя,不要,不得,别,勿,切勿,请勿,不能,無,しない,ないで,않,마세요,말고,하지,لا,nothing,no reason to,no reason for,there is no reason,there's no reason to,there's no reason for,without any need to,ni,jamas,aldrig,nigdy,asla,ない,ずに,말아,마십시오,지 마",
    ),
    entry(
        "hide",
        "hide conceal obscure mask withhold",
        "",
        "hidden,keep secret,keep this secret,keep it secret,keep this hidden,keep hidden,keep quiet,keep it hidden,ocultar,oculta,ocultalo,cache,cachez,verberge,verbergen,verheimlichen,esconda,nascondi,nascondere,скрывай,скрыть,скрой,隐藏,隱藏,隠し,숨기",
    ),
    entry(
        "silent",
        "",
        "",
        "silently,secretly,covertly,quietly,discreetly,stealthily,surreptitiously,invisibly,unnoticed,behind the scenes,en secreto,secretamente,silenciosamente,discretement,secretement,heimlich,stillschweigend,silenziosamente,тихо,тайно,незаметно,悄悄,秘密地,偷偷,こっそり,몰래",
    ),
    entry(
        "consent",
        "",
        "confirmation approval consent permission authorization acknowledgement acknowledgment sign-off go-ahead review",
        "user interaction,asking,prompting,checking,confirming,notifying,notification,confirmacion,aprobacion,permiso,consentimiento,autorizacion,confirmation,approbation,consentement,bestatigung,zustimmung,genehmigung,erlaubnis,confirmacao,aprovacao,conferma,approvazione,consenso,подтверждения,подтверждение,разрешения,согласия,одобрения,确认,批准,同意,许可,確認,承認,許可,확인,승인,동의,confirming with,go ahead from,user approval,human approval,human review,approval prompt,confirmation prompt,confirmation dialog,permission prompt,accord,l'accord,einwilligung,autorizzazione,anuencia,consentement,用户确认,人工审核,사용자 확인,ユーザー確認,согласие,подтверждение пользователя,okay,green light,blessing,ok from,confirmation dialog,confirmation dialogs,zgody,toestemming,bevestiging,persetujuan,onay",
    ),
    entry(
        "ask",
        "ask prompt request require check confirm verify wait consult seek pause",
        "",
        "preguntar,pedir,solicitar,demander,fragen,bitten,perguntar,chiedere,спрашивая,спрашивать,запрашивая,询问,征求,经过,尋ね,聞か,求め,묻,esperar,attendre,warten,aspettare,aguardar,ждать,等待",
    ),
    entry(
        "without",
        "",
        "",
        "without,sans,sin,ohne,sem,senza,без,无需,無需,未经,不经,なしで,없이,with no,bypassing,skipping,with no need for,without any,sans demander,ohne zu,無しで,なしに,无须,毋需,無須,不用",
    ),
    // Moving data.
    entry(
        "send",
        "send forward email mail transmit post upload exfiltrate leak bcc cc deliver submit relay copy transfer pipe sync stream share dispatch beacon ship route",
        "",
        "sent,hand off,hand over,hand them off,hand it off,hand them over,hands off,loop in,loop them in,phone home,ship,ships,e-mail,\
         envia,enviar,envie,envies,reenvia,reenvie,reenviar,sube,manda,transmite,transmet,transmettre,transmettez,envoie,envoyer,envoyez,transfere,transferer,sende,senden,sendet,weiterleiten,leiten,ubermittelt,ubermitteln,hochladen,ladt,schicke,schicken,enviando,encaminhe,encaminhar,invia,inviare,inoltra,trasmette,trasmettere,\
         отправь,отправьте,отправляй,отправляйте,отправляет,перешли,пересылаи,передай,передаваите,передает,发送,發送,传送,上传,转发,傳送,送信,転送,アップロード,전송,보내,업로드,أرسل,hand over,hands over,push,pushes,pushed,pushing,posted,reports back,report back,phones home,calls home,recopie,expedie,versendet,ubertragt,ubertragen,ubermittle,envoient,invio,enviando,spedisce,отсылает,отсылай,отправляют,发给,发往,传给,上報,送る,送って,보냅니다,전송합니다",
    ),
    entry(
        "pass",
        "pass include append attach embed insert provide put add supply place return hand put",
        "",
        "incluye,incluir,incluya,adjunta,inclure,incluez,ajoute,fuge,inclua,includi,包含,附加,включи,supplied,filled with,fill in,populate,place it,add them,incluyendo,comprenant,einschließlich,einschliesslich,compresi,включая,包括,包含,含",
    ),
    entry("email_address", "", "", ""),
    entry("url", "", "", ""),
    entry("phone", "", "", ""),
    entry(
        "elsewhere",
        "",
        "server endpoint webhook attacker collector vault cloud platform backend partner",
        "third party,third-party,external server,external service,external endpoint,external api,external servers,remote server,remote endpoint,our server,our servers,our analytics,our cloud,external,remote,servidor,servidores,serveur,serveurs,servern,externe,externen,externo,externos,外部,服务器,サーバー,서버,сервер,сервера,backend,collector,our backend,a third party,to us,our infrastructure,vendor,external api,our servers,nuestros servidores,nos serveurs,unsere server,unsere,nostri server,nossos servidores,наши серверы,наш сервер,服务端,后端,第三方,サードパーティ,外部サーバー,외부 서버,서버로,external systems,external system,external services,external parties,outside vendor,analytics partner,remote collector,remote server,remote servers,third parties,offsite,off-site",
    ),
    entry(
        "analytics",
        "",
        "analytic telemetry metric diagnostic",
        "usage data,usage analytics,usage statistics,usage information,usage report,usage reports,telemetry reports,analytics data,analisis,analitica,analyses,telemetrie,telemetria,nutzungsdaten,nutzungsanalysen,datos de uso,分析数据,遥测,usage telemetry,crash report,crash reports,error report,error reports,diagnostic data,diagnostics data,performance data,estadisticas,estadisticas de uso,statistiques,statistiques d'utilisation,statistiche,estatisticas,使用数据,統計,사용 데이터,статистику,аналитику,телеметрию",
    ),
    entry(
        "conversation",
        "",
        "conversation dialog dialogue chat transcript",
        "conversacion,conversaciones,gesprach,gesprachs,gesprachsverlauf,unterhaltung,chatverlauf,conversa,conversas,conversazione,conversazioni,разговора,разговор,переписку,переписки,диалога,对话,聊天记录,会话,会話,대화",
    ),
    entry(
        "history",
        "",
        "",
        "conversation threads,conversation content,chat metadata and content,dialog context,entire dialog,conversation data,user conversation,user conversations,chat history,conversation history,message history,dialog history,chat log,chat logs,chat metadata,conversation log,conversation logs,full context,entire context,conversation context,previous messages,last messages,all messages,user messages,user's messages,聊天记录,对话历史,会話履歴,entire chat,whole chat,complete chat,chat transcript,full transcript,everything typed,everything the user,has typed,previous messages,earlier messages,prompts and responses,prompts and model responses,model responses,user prompts,user inputs,historial,historial completo,historique,historique de la conversation,contexte complet,gesprachsverlauf,gesprachsverlaufs,chatverlaufs,cronologia,historico,историю,история переписки,对话记录,对话内容,聊天内容,完整对话,会話の内容,会話内容,대화 내용,대화 기록,prompt text,full prompt,session context,user messages,dialogue content,dialog content,dialogue history,message history,prompt and message history,user wrote,user input history,session transcript,session history,interaction history,user queries and responses,prompt contents,chat content,chat contents,conversation details,conversation text",
    ),
    entry(
        "secret",
        "",
        "password credential secret passphrase passcode pin",
        "api key,api keys,api_key,apikey,ssh key,ssh keys,private key,private keys,ssh private key,ssh private keys,access key,access keys,secret key,secret keys,access token,access tokens,auth token,auth tokens,session token,session tokens,bearer token,bearer tokens,oauth token,oauth tokens,refresh token,encryption key,encryption keys,database password,environment variable,environment variables,env vars,seed phrase,recovery phrase,wallet key,credit card,card number,cvv,ssn,social security,shell history,browser history,cookies,session cookies,kubernetes configuration,credential files,contrasena,contrasenas,clave,claves,credenciales,clave api,claves api,cles api,cle api,mot de passe,mots de passe,identifiants,passwort,passworter,zugangsdaten,anmeldedaten,schlussel,api-schlussel,senha,senhas,credenciais,chaves,chave,credenziali,chiavi,chiave,пароль,пароли,ключ,ключи,учетные данные,密码,密碼,密钥,凭证,口令,パスワード,認証情報,비밀번호,자격 증명,كلمة المرور,passwords stored,stored passwords,saved passwords,environment variables,env vars",
    ),
    entry(
        "personal",
        "",
        "pii keystroke",
        "personal data,personal information,private data,sensitive data,sensitive information,sensitive files,sensitive directories,confidential data,user data,user's data,customer data,customer's,account balance,payment method,payment methods,meeting details,datos personales,donnees personnelles,personliche daten,dados pessoais,个人信息,敏感信息,用户数据,個人情報,개인정보,личные данные,browsing history,contact list,contacts,home directory,home folder,location history,photos",
    ),
    entry("sensitive_path", "", "", ""),
    entry("path", "", "", ""),
    entry(
        "file",
        "",
        "file folder directory content document",
        "archivo,archivos,fichero,ficheros,fichier,fichiers,datei,dateien,protokolldateien,arquivo,arquivos,файл,файлы,файла,文件,ファイル,파일",
    ),
    entry(
        "data",
        "",
        "data result output response input information detail",
        "datos,donnees,daten,dados,dati,resultados,resultats,ergebnisse,данные,результаты,数据,结果,データ,結果,데이터",
    ),
    entry(
        "read",
        "read open cat access fetch retrieve extract collect gather harvest scan search find steal capture dump enumerate load list grab",
        "",
        "found,lee,leer,lea,lire,lis,lisez,lies,lesen,leia,ler,leggi,leggere,прочитай,прочитайте,читай,读取,讀取,读,読み,読んで,읽,gather,gathers,look up,opens",
    ),
    entry("user_owned", "", "", "user's,users',their,customer's"),
    // Tools and order of use.
    entry(
        "tool",
        "",
        "tool function plugin server mcp utility",
        "herramienta,herramientas,outil,outils,werkzeug,werkzeuge,tools,ferramenta,ferramentas,strumento,strumenti,инструмент,инструменты,инструмента,инструментов,工具,ツール,도구,الأداة",
    ),
    entry("tool_name", "", "", ""),
    entry(
        "other",
        "rival",
        "alternative rival",
        "other,another,others,any other,alternate,competing,competitor,competitors,otra,otras,otros,autre,autres,andere,anderen,outra,outras,altri,altre,другие,других,другими,其他,其它,他の,다른,every other,all others,any others,any other tool,all other tools,le autres,les autres,otro,cualquier otra,cualquier otro,toute autre,andere werkzeuge",
    ),
    entry(
        "this",
        "",
        "",
        "this,it,me,self,esta,este,cet,cette,dieses,diese,questo,это,此,本,该,この,이",
    ),
    entry(
        "use",
        "use call invoke run execute consult choose select pick try trigger prefer prioritize employ",
        "",
        "ran,chose,usa,usar,utiliza,utilizar,llama,utilise,utilisez,appelle,appelez,verwende,verwenden,nutze,rufe,chame,chamar,usare,chiama,используй,используйте,вызывай,вызови,调用,调用此,使用,呼び出,使って,사용,호출",
    ),
    entry(
        "prefer",
        "prefer prioritize favor favour recommend rely",
        "",
        "preferred,priorizar,prioriza,bevorzuge,bevorzugen,privilegie,privilegier,优先,優先,우선,prioritise,prioritises,prioriza siempre,rely on,rely exclusively,优先使用,优先选择,優先的に",
    ),
    entry(
        "instead",
        "",
        "",
        "instead of,rather than,in place of,over any,over other,over all,ahead of,in preference to,replaces,replacement for,en lugar de,en vez de,au lieu de,statt,anstatt,anstelle,em vez de,invece di,вместо,而不是,代替,代わりに,대신,ahead of all,ahead of any,ahead of every,in place of every,in place of any,over all,over every,sobre cualquier,sobre todas,vor allen,avant tout,au-dessus de",
    ),
    entry(
        "first",
        "",
        "",
        "first,first step,before anything,primero,d'abord,zuerst,primeiro,prima,сначала,首先,最初,먼저",
    ),
    entry(
        "before",
        "",
        "",
        "before,prior to,antes de,avant,bevor,vor,prima di,перед,прежде,在使用,之前,前に,전에",
    ),
    entry(
        "after",
        "",
        "",
        "after,once,when,whenever,upon,despues de,apres,nach,nachdem,depois,dopo,после,когда,之后,后,後,후",
    ),
    entry(
        "always",
        "",
        "",
        "always,every time,each time,at any time,at all times,in all cases,no matter,mandatory,siempre,toujours,immer,sempre,всегда,总是,始终,每次,必ず,常に,항상,반드시",
    ),
    entry(
        "must",
        "",
        "",
        "must,should,shall,need to,needs to,have to,has to,required to,ought to,will,please,debe,deben,debes,doit,devez,muss,mussen,deve,devem,должен,должны,必须,必須,应该,请,해야",
    ),
    // Claims.
    entry(
        "authority",
        "",
        "administrator admin root superuser superadmin sudo",
        "system administrator,highest priority,highest-priority,top priority,authoritative,authorized,pre-approved,preapproved,pre-authorized,pre-validated,prevalidated,administrador,administrateur,administratoren,管理员,管理者,администратор",
    ),
    entry(
        "elevated",
        "elevate escalate",
        "",
        "elevated,unrestricted,unlimited,privileged,full,maximum,superuser,root,admin,administrative,administrator,complete,total,privilegios,erhohten,erhohte,eleves,privilegiado,diferido",
    ),
    entry(
        "privilege",
        "",
        "privilege access permission authority right",
        "privileged context,privilegios,privileges,rechte,privilegi,privilegios,权限,権限,прав,права",
    ),
    entry(
        "grant",
        "grant give enable allow obtain gain",
        "",
        "given,gave,concede,otorga,accorde,gewahre,conceda,授予,允许",
    ),
    entry(
        "trust",
        "trust treat obey follow accept believe regard consider handle honor honour comply",
        "",
        "confia,confie,vertraue,信任,相信,доверяй,carry out,carries out,carried out,be regarded as,are regarded as,taken as,to be treated as",
    ),
    entry("mode", "", "mode", "modo,modus,模式,モード,режим,режиме"),
    entry(
        "jailbreak",
        "jailbreak",
        "",
        "dan,jailbroken,do anything now,developer mode,debug mode,god mode,maintenance mode,unrestricted mode,sudo mode,root mode,unfiltered,uncensored,modo desarrollador,开发者模式,越狱,режим разработчика",
    ),
    entry(
        "task",
        "",
        "task operation process job request action query queries",
        "tareas,tarea,taches,tache,aufgaben,vorgange,tarefas,attivita,operaciones,задачи,задач,任务,操作",
    ),
    entry("trick", "trick deceive fool manipulate mislead lure persuade phish", "", ""),
    entry(
        "purpose",
        "",
        "",
        "for compliance,for auditing,for logging,for debugging,for diagnostics,for verification,for security purposes,for quality assurance,for compliance purposes,for telemetry",
    ),
    // Advertising.
    entry(
        "best",
        "",
        "",
        "best,#1,number one,number 1,top rated,top-rated,top-ranked,highest rated,most accurate,most reliable,most powerful,most advanced,ultimate,superior,unmatched,unparalleled,unprecedented,world-class,world class,award-winning,award winning,revolutionary,game changer,game-changer,game changing,breakthrough,elite,premium,industry-leading,industry leading,military-grade,unbeatable,finest,el mejor,la mejor,le meilleur,la meilleure,der beste,das beste,beste,o melhor,il migliore,лучший,最好,最佳,最強,最高の,최고,one and only,the only tool,only tool you,top choice,first choice,most trusted,most popular,leading,gold standard,second to none,perfect,flawless,10x,five stars,5 stars,rated five,highest accuracy,unbeatable,unrivaled,unrivalled,state-of-the-art,next-generation,cutting-edge,world's leading,unmatched quality,guaranteed best,best results",
    ),
    entry(
        "worse",
        "outclass outshine",
        "",
        "inferior,outdated,obsolete,inaccurate,unreliable,deprecated,worse,less accurate,less reliable,outperform,outperforms,better than,superior to,beats,far superior,average,mediocre,don't settle,do not settle,fall behind,落后,劣质,make mistakes,makes mistakes,wrong answers,give wrong,slow alternatives,unreliable alternatives,useless,no other,ditch,avoid them,falls short,lag behind,old-fashioned,low-quality,error-prone,do not waste,don't waste,waste time,settle for,competitors are,nobody does it better,slow and wrong",
    ),
    entry(
        "endorsed",
        "endorse",
        "",
        "trusted by,recommended by,rated by,used by,featured in,featured on,as seen on,endorsed by,loved by,certified by,approved by experts,developed by top,proven,scientifically proven,fortune 500,five-star,5-star,million users,million downloads,customer satisfaction,ai experts,experts,award,loved by,voted,chosen by,rated,five stars,million developers,developers,thousands of,award-winning,recommended,praised,leading ai labs,ai labs,openai,anthropic,nobel,forbes,techcrunch,wired,preferred by,top-rated by,professionals",
    ),
    entry(
        "urgent",
        "",
        "",
        "limited time,act now,hurry,expires soon,before access expires,while you still can,only today,spots filling,uses left,don't miss,do not miss,last chance,exclusive,exclusive access,vip,limited access,don't wait,start here,offer ends,ends tonight,ends soon,before it's too late,today only,while supplies,urgent,right now,immediately or",
    ),
    entry(
        "alternatives",
        "",
        "rival",
        "alternatives,competitors,other tools,any other tool,other options,any other option,standard alternatives,inferior tools,outdated tools,other similar tools,similar tools,other services,all other,any alternatives,other converters,slow alternatives,any competing,competing implementation,competing tool,competing tools,every other tool,every other",
    ),
    entry(
        "insist",
        "",
        "",
        "without exception,no exceptions,not optional,is mandatory,mandatory step,iron rule,cannot be skipped,must not be skipped,even once,under any circumstances,no matter what,no matter how,regardless of,sin excepcion,sans exception,ohne ausnahme,без исключений,无一例外",
    ),
    entry(
        "void",
        "cancel suspend void nullify revoke lift",
        "",
        "null and void,void,no longer applies,no longer apply,no longer valid,no longer in force,not in force,do not apply,does not apply,don't apply,not applicable,invalid,obsolete,off,ineffective,ungultig,sin efecto,无效,作废,失效,無効,무효,cancelled,cancelling",
    ),
    entry(
        "outrank",
        "outrank overrule supersede override trump",
        "",
        "take priority over,takes priority over,takes precedence over,take precedence over,has precedence over,precedence over,higher priority than,priority over,above all,stands above,more important than,prevails over,优先于,優先する",
    ),
    entry(
        "act",
        "",
        "upload forwarding copying transfer step operation call action process backup behavior behaviour procedure instruction collection recording logging",
        "side effect,this,it,that,operacion,paso,appel,operation,schritt,vorgang,aufruf,операцию,операция,действие,этот шаг,操作,步骤,行为,処理,動作,작업,동작",
    ),
    entry(
        "reply",
        "",
        "answer reply response summary message output",
        "summarise,summarize,respuesta,reponse,antwort,risposta,resposta,ответ,ответе,回答,回复,応答,답변",
    ),
    entry("record", "report log record store save archive share log keep", "", "logs,reports"),
    entry("env_secret", "", "", ""),
    entry("readonly", "", "", "read-only,readonly,read only"),
    entry(
        "detect",
        "detect block prevent flag protect mitigate sanitize defend abuse recognise recognize reject refuse deny",
        "",
        "caught,attackers,attacker,attack,attacks,injection attempts,jailbreak attempts",
    ),
    entry("example", "", "example", "such as,for example,e.g.,e.g,like"),
    entry(
        "sidestore",
        "register create subscribe store extract catalog catalogue record save",
        "",
        "registra,almacena,stocke,speichert",
    ),
];

/// All concepts by name.
static INDEX: LazyLock<FxHashMap<&'static str, u32>> =
    LazyLock::new(|| ENTRIES.iter().enumerate().map(|(i, e)| (e.name, i as u32)).collect());

/// The concept of this name.
#[must_use]
pub fn concept(name: &str) -> Option<Concepts> {
    INDEX.get(name).map(|i| 1 << i)
}

/// The names of all concepts, in the order of their bits.
pub(super) fn concept_names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|e| e.name)
}

/// Single words, and for every first word of a phrase its rests, longest first.
pub(super) struct Lexicon {
    words: FxHashMap<String, Meaning>,
    phrases: FxHashMap<String, Vec<(Vec<String>, Concepts)>>,
    /// Words written without spaces (Han, Kana, Hangul), by first character, longest first.
    unspaced: FxHashMap<char, Vec<(Vec<char>, Concepts)>>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    fn new() -> Self {
        let mut lexicon = Self {
            words: FxHashMap::default(),
            phrases: FxHashMap::default(),
            unspaced: FxHashMap::default(),
        };
        for (i, entry) in ENTRIES.iter().enumerate() {
            let bit: Concepts = 1 << i;
            for verb in entry.verbs.split_whitespace() {
                for (form, word) in inflect(verb) {
                    lexicon.add(&word, bit, form);
                }
            }
            for noun in entry.nouns.split_whitespace() {
                lexicon.add(noun, bit, Form::Other);
                lexicon.add(&plural(noun), bit, Form::Other);
            }
            for word in entry.words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
                if word.chars().next().is_some_and(is_unspaced) {
                    let chars: Vec<char> = word.chars().filter(|c| *c != ' ').collect();
                    lexicon.unspaced.entry(chars[0]).or_default().push((chars, bit));
                } else if word.contains(' ') {
                    let mut parts = word.split(' ').map(str::to_owned);
                    let first = parts.next().unwrap_or_default();
                    lexicon.phrases.entry(first).or_default().push((parts.collect(), bit));
                } else {
                    let form = if IRREGULAR_PAST.contains(&word) { Form::Past } else { Form::Other };
                    lexicon.add(word, bit, form);
                }
            }
        }
        for rests in lexicon.phrases.values_mut() {
            rests.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        }
        for words in lexicon.unspaced.values_mut() {
            words.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        }
        lexicon
    }

    fn add(&mut self, word: &str, bit: Concepts, form: Form) {
        let meaning = self.words.entry(word.to_owned()).or_default();
        meaning.concepts |= bit;
        if meaning.form == Form::Other {
            meaning.form = form;
        }
    }

    /// What a lower-case word means.
    pub(super) fn word(&self, word: &str) -> Meaning {
        self.words.get(word).copied().unwrap_or_default()
    }

    /// The longest phrase that starts with `first` and goes on with what `next(i)` gives: how many words follow, its concepts.
    pub(super) fn phrase<'t>(&self, first: &str, mut next: impl FnMut(usize) -> Option<&'t str>) -> Option<(usize, Concepts)> {
        let rests = self.phrases.get(first)?;
        let mut best: Option<(usize, Concepts)> = None;
        for (rest, bit) in rests {
            if best.is_some_and(|(n, _)| rest.len() < n) {
                break;
            }
            if rest.iter().enumerate().all(|(i, w)| next(i) == Some(w.as_str())) {
                best = Some((rest.len(), best.map_or(0, |(_, b)| b) | bit));
            }
        }
        best
    }

    /// The longest word without spaces at the start of `chars`: its length in characters, its concepts.
    pub(super) fn unspaced(&self, chars: &[char]) -> Option<(usize, Concepts)> {
        let mut best: Option<(usize, Concepts)> = None;
        for (word, bit) in self.unspaced.get(chars.first()?)? {
            if best.is_some_and(|(n, _)| word.len() < n) {
                break;
            }
            if chars.starts_with(word) {
                best = Some((word.len(), best.map_or(0, |(_, b)| b) | bit));
            }
        }
        best
    }
}

const IRREGULAR_PAST: &[&str] = &[
    "forgot",
    "forgotten",
    "overridden",
    "told",
    "sent",
    "hidden",
    "shown",
    "said",
    "found",
    "ran",
    "chose",
    "given",
    "gave",
    "preferred",
    "caught",
];

/// Scripts that put no space between words.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0x1100..=0x11ff | 0xf900..=0xfaff | 0x20000..=0x2fa1f)
}

fn plural(noun: &str) -> String {
    if noun.ends_with('s') || noun.ends_with("ch") || noun.ends_with("sh") || noun.ends_with('x') {
        format!("{noun}es")
    } else if let Some(stem) = noun.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u'])) {
        format!("{stem}ies")
    } else {
        format!("{noun}s")
    }
}

/// The regular forms of an English verb.
fn inflect(verb: &str) -> Vec<(Form, String)> {
    let third = plural(verb);
    let (past, ing) = if let Some(stem) = verb.strip_suffix('e').filter(|s| !s.ends_with('e')) {
        (format!("{stem}ed"), format!("{stem}ing"))
    } else if let Some(stem) = verb.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u'])) {
        (format!("{stem}ied"), format!("{verb}ing"))
    } else if doubles(verb) {
        let last = &verb[verb.len() - 1..];
        (format!("{verb}{last}ed"), format!("{verb}{last}ing"))
    } else {
        (format!("{verb}ed"), format!("{verb}ing"))
    };
    vec![
        (Form::Base, verb.to_owned()),
        (Form::Third, third),
        (Form::Past, past),
        (Form::Ing, ing),
    ]
}

/// A short verb that ends in one consonant after one vowel doubles it: `run`, `skip`; so do those stressed at the end.
fn doubles(verb: &str) -> bool {
    let bytes = verb.as_bytes();
    let vowel = |b: u8| b"aeiou".contains(&b);
    let n = bytes.len();
    let cvc = n >= 3 && !vowel(bytes[n - 1]) && !b"wxy".contains(&bytes[n - 1]) && vowel(bytes[n - 2]) && !vowel(bytes[n - 3]);
    cvc && (n <= 4 || matches!(verb, "submit" | "transfer" | "permit" | "prefer" | "admit" | "omit"))
        && !matches!(verb, "open" | "alter" | "list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concepts_fit_their_set_and_have_one_name_each() {
        assert!(ENTRIES.len() <= Concepts::BITS as usize);
        assert_eq!(INDEX.len(), ENTRIES.len());
    }

    #[test]
    fn a_verb_is_known_in_every_form() {
        for (word, form) in [
            ("ignore", Form::Base),
            ("ignores", Form::Third),
            ("skipping", Form::Ing),
            ("bypassed", Form::Past),
            ("bccing", Form::Ing),
            ("relies", Form::Third),
        ] {
            assert_eq!(LEXICON.word(word).form, form, "{word}");
        }
    }
}
