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
        "ignore disregard forget override overrule supersede discard neglect circumvent bypass evade violate abandon overwrite",
        "",
        "forgot,forgotten,overridden,skip over,skip past,do not follow,stop following,no longer follow,do not obey,set aside,\
         ignora,ignorar,ignore,ignorez,ignorer,ignoriere,ignorieren,ignorando,olvida,olvide,omite,omita,reemplazando,reemplaza,reemplazar,anula,anular,anulando,sustituye,\
         oublie,oubliez,remplacant,remplace,remplacez,contourne,contourner,contournent,contournant,vergiss,vergessen,missachte,ersetzt,ersetzen,ersetzend,umgehen,umgeht,uberschreiben,uberschreibt,\
         desconsidere,esqueca,substituindo,contorna,contornar,contornam,eluden,elude,eludir,evaden,omiten,dimentica,sostituendo,sostituisce,aggira,aggirano,aggirare,elude,\
         игнорируй,игнорируите,игнорировать,забудь,забудьте,忽略,无视,無視,忘记,忘記,绕过,繞過,覆盖,無視して,忘れて,回避,무시,무시하고,무시하세요,잊어,우회,тадаи,تجاهل",
    ),
    entry(
        "replace",
        "replace modify alter change rewrite redirect substitute tamper",
        "",
        "cambia,cambie,modifica,modifie,modifiez,andere,andern,altere,更改,修改,替换,изменяи,измени,変更",
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
        "instruction directive guideline prompt command rule order programming training",
        "instruccion,instrucciones,directiva,directivas,regla,reglas,consigne,consignes,directive,directives,regle,regles,anweisung,anweisungen,regeln,vorgaben,\
         instrucao,instrucoes,diretrizes,regras,istruzione,istruzioni,direttive,regole,инструкции,инструкциям,инструкцию,правила,指令,指示,命令,规则,提示词,プロンプト,ルール,지시,명령,지침,规定,التعليمات,تعليمات",
    ),
    // What keeps a model or a system safe.
    entry(
        "guard",
        "",
        "guardrail safeguard restriction constraint limitation filter filtering protection moderation",
        "content filter,content filters,content filtering,safety,sicherheitsrichtlinien,sicherheitsvorkehrungen,restricciones,restrictions,filtros,garde-fous,安全,限制,过滤,防护",
    ),
    entry(
        "security",
        "",
        "security safety permission privilege access authorization authentication approval validation ethics",
        "seguridad,securite,sicherheit,sicherheits,seguranca,sicurezza,permisos,permiso,permissions,berechtigungen,berechtigungs,berechtigung,permissoes,permessi,autorisation,autorisations,безопасности,безопасность,разрешении,разрешения,権限,权限,安全,セキュリティ,보안,권한",
    ),
    entry(
        "check",
        "",
        "check control validation verification policy policies gate barrier guard review sanitization enforcement inspection",
        "controles,control,controle,controles,verificaciones,validaciones,kontrollen,prufungen,prufung,uberprufungen,verificacoes,controlli,verifications,verification,политики,проверки,проверок,проверку,检查,检测,控制,验证,チェック,確認,검사,확인,policy",
    ),
    entry(
        "prior",
        "",
        "",
        "previous,prior,earlier,above,preceding,foregoing,previously,previously set,\
         anterior,anteriores,previa,previas,previo,previos,precedent,precedente,precedents,precedentes,precedenti,vorherige,vorherigen,fruheren,bisherigen,предыдущие,предыдущих,предыдущим,之前,先前,以前,以上,上述,前の,以前の,これまで,이전,위의,السابقة",
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
        "all,any,every,everything,each,whatever,todas,todos,cualquier,cualquiera,toutes,tous,tout,toute,alle,allen,jede,qualquer,tutte,tutti,qualsiasi,все,всех,любые,所有,全部,任何,すべて,全て,모든",
    ),
    entry(
        "normal",
        "",
        "",
        "normal,ordinary,regular,standard,usual,typical,conventional,customary,normales,ordinarios,habituales,normaux,habituels,normale,normalen,ublichen,normais,normali,обычные,обычных,正常,常规,通常",
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
        "act as,pretend to be,behave as,behave like,respond as,roleplay as,role-play as,simulate being,you are now,from now on you are,actua como,agis comme,handle als,aja como,agisci come,деиствуи как,ты теперь,你现在是,扮演",
    ),
    // Who is told.
    entry(
        "model",
        "",
        "assistant ai llm agent chatbot claude chatgpt gpt copilot",
        "language model,the model,ai model,ai assistant,ai agent,asistente,assistente,assistent,ассистент,модель,ии,助手,模型,人工智能,アシスタント,어시스턴트,모델,المساعد",
    ),
    entry("you", "", "", "you,your,usted,tu,vous,du,sie,voce,ты,вы,你,您,あなた,당신"),
    entry(
        "user",
        "",
        "user human customer operator person client people",
        "end user,end users,end-user,usuario,usuarios,utilisateur,l'utilisateur,utilisateurs,benutzer,nutzer,anwender,usuario,usuarios,utente,utenti,l'utente,al usuario,пользователь,пользователю,пользователя,пользователем,用户,用戶,使用者,ユーザー,사용자,사용자에게,المستخدم",
    ),
    entry("them", "", "", "them,him,her,anyone,anybody,they"),
    // Telling and not telling.
    entry(
        "tell",
        "tell mention inform notify reveal disclose alert warn acknowledge admit expose advertise divulge",
        "",
        "told,let the user know,let them know,make the user aware,bring up,talk about,informar,informe,informes,menciones,mencionar,mencione,digas,diga,decir,decirle,reveles,revelar,avises,notifiques,notificar,\
         informez,informer,mentionne,mentionnez,mentionner,dites,revelez,prevenez,erwahne,erwahnen,informiere,informieren,mitteilen,sagen,verraten,benachrichtigen,mencione,conte,avise,menzionare,informare,dire,rivelare,\
         сообщаи,сообщаите,говори,говорите,упоминаи,упоминаите,раскрываи,告诉,告訴,告知,提及,透露,通知,披露,伝え,知らせ,言わ,教え,언급,말하,알리,알려",
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
        "not,no,never,don't,dont,do not,doesn't,won't,must not,should not,shouldn't,mustn't,cannot,can't,nor,neither,isn't,aren't,no need to,there is no need to,not need to,needn't,avoid,refrain from,stop,nunca,jamas,ne,pas,jamais,nicht,niemals,kein,keine,nao,non,mai,не,никогда,нельзя,不要,不得,别,勿,切勿,请勿,不能,無,しない,ないで,ください,않,마세요,말고,하지,لا",
    ),
    entry(
        "hide",
        "hide conceal obscure mask withhold",
        "",
        "hidden,keep secret,keep this secret,keep it secret,keep this hidden,keep hidden,keep quiet,keep it hidden,ocultar,oculta,ocultalo,cache,cachez,verberge,verbergen,verheimlichen,esconda,nascondi,nascondere,скрываи,скрыть,скрои,隐藏,隱藏,隠し,숨기",
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
        "confirmation approval consent permission authorization acknowledgement acknowledgment",
        "user interaction,asking,prompting,checking,confirming,notifying,notification,confirmacion,aprobacion,permiso,consentimiento,autorizacion,confirmation,approbation,consentement,bestatigung,zustimmung,genehmigung,erlaubnis,confirmacao,aprovacao,conferma,approvazione,consenso,подтверждения,подтверждение,разрешения,согласия,одобрения,确认,批准,同意,许可,確認,承認,許可,확인,승인,동의",
    ),
    entry(
        "ask",
        "ask prompt request require check confirm verify wait consult seek",
        "",
        "preguntar,pedir,solicitar,demander,fragen,bitten,perguntar,chiedere,спрашивая,спрашивать,запрашивая,询问,征求,经过,尋ね,聞か,求め,묻",
    ),
    entry(
        "without",
        "",
        "",
        "without,sans,sin,ohne,sem,senza,без,无需,無需,未经,不经,なしで,없이,with no,bypassing,skipping",
    ),
    // Moving data.
    entry(
        "send",
        "send forward email mail transmit post upload exfiltrate leak bcc cc deliver submit relay copy transfer pipe sync stream share dispatch beacon",
        "",
        "sent,hand off,hand over,hand them off,hand it off,hand them over,hands off,loop in,loop them in,phone home,ship,ships,e-mail,\
         envia,enviar,envie,envies,reenvia,reenvie,reenviar,sube,manda,transmite,transmet,transmettre,transmettez,envoie,envoyer,envoyez,transfere,transferer,sende,senden,sendet,weiterleiten,leiten,ubermittelt,ubermitteln,hochladen,ladt,schicke,schicken,enviando,encaminhe,encaminhar,invia,inviare,inoltra,trasmette,trasmettere,\
         отправь,отправьте,отправляи,отправляите,отправляет,перешли,пересылаи,передаи,передаваите,передает,发送,發送,传送,上传,转发,傳送,送信,転送,アップロード,전송,보내,업로드,أرسل",
    ),
    entry(
        "pass",
        "pass include append attach embed insert provide put add supply place return",
        "",
        "incluye,incluir,incluya,adjunta,inclure,incluez,ajoute,fuge,inclua,includi,包含,附加,включи",
    ),
    entry("email_address", "", "", ""),
    entry("url", "", "", ""),
    entry("phone", "", "", ""),
    entry(
        "elsewhere",
        "",
        "server endpoint webhook attacker collector vault cloud platform",
        "third party,third-party,external server,external service,external endpoint,external api,external servers,remote server,remote endpoint,our server,our servers,our analytics,our cloud,external,remote,servidor,servidores,serveur,serveurs,servern,externe,externen,externo,externos,外部,服务器,サーバー,서버,сервер,сервера",
    ),
    entry(
        "analytics",
        "",
        "analytic telemetry metric diagnostic",
        "usage data,usage analytics,usage statistics,usage information,usage report,usage reports,telemetry reports,analytics data,analisis,analitica,analyses,telemetrie,telemetria,nutzungsdaten,nutzungsanalysen,datos de uso,分析数据,遥测",
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
        "conversation threads,conversation content,chat metadata and content,dialog context,entire dialog,conversation data,user conversation,user conversations,chat history,conversation history,message history,dialog history,chat log,chat logs,chat metadata,conversation log,conversation logs,full context,entire context,conversation context,previous messages,last messages,all messages,user messages,user's messages,聊天记录,对话历史,会話履歴",
    ),
    entry(
        "secret",
        "",
        "password credential secret passphrase passcode pin",
        "api key,api keys,api_key,apikey,ssh key,ssh keys,private key,private keys,ssh private key,ssh private keys,access key,access keys,secret key,secret keys,access token,access tokens,auth token,auth tokens,session token,session tokens,bearer token,bearer tokens,oauth token,oauth tokens,refresh token,encryption key,encryption keys,database password,environment variable,environment variables,env vars,seed phrase,recovery phrase,wallet key,credit card,card number,cvv,ssn,social security,shell history,browser history,cookies,session cookies,kubernetes configuration,credential files,contrasena,contrasenas,clave,claves,credenciales,clave api,claves api,cles api,cle api,mot de passe,mots de passe,identifiants,passwort,passworter,zugangsdaten,anmeldedaten,schlussel,api-schlussel,senha,senhas,credenciais,chaves,chave,credenziali,chiavi,chiave,пароль,пароли,ключ,ключи,учетные данные,密码,密碼,密钥,凭证,口令,パスワード,認証情報,비밀번호,자격 증명,كلمة المرور",
    ),
    entry(
        "personal",
        "",
        "pii",
        "personal data,personal information,private data,sensitive data,sensitive information,sensitive files,sensitive directories,confidential data,user data,user's data,customer data,customer's,account balance,payment method,payment methods,meeting details,datos personales,donnees personnelles,personliche daten,dados pessoais,个人信息,敏感信息,用户数据,個人情報,개인정보,личные данные",
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
        "found,lee,leer,lea,lire,lis,lisez,lies,lesen,leia,ler,leggi,leggere,прочитаи,прочитаите,читаи,读取,讀取,读,読み,読んで,읽",
    ),
    entry("user_owned", "", "", "user's,users',their,customer's"),
    // Tools and order of use.
    entry(
        "tool",
        "",
        "tool function plugin server mcp utility",
        "this one,herramienta,herramientas,outil,outils,werkzeug,werkzeuge,tools,ferramenta,ferramentas,strumento,strumenti,инструмент,инструменты,инструмента,инструментов,工具,ツール,도구,الأداة",
    ),
    entry("tool_name", "", "", ""),
    entry(
        "other",
        "",
        "alternative",
        "other,another,others,any other,alternate,competing,competitor,competitors,otra,otras,otros,autre,autres,andere,anderen,outra,outras,altri,altre,другие,других,другими,其他,其它,他の,다른",
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
        "ran,chose,usa,usar,utiliza,utilizar,llama,utilise,utilisez,appelle,appelez,verwende,verwenden,nutze,rufe,chame,chamar,usare,chiama,используи,используите,вызываи,вызови,调用,调用此,使用,呼び出,使って,사용,호출",
    ),
    entry(
        "prefer",
        "prefer prioritize favor favour recommend",
        "",
        "preferred,priorizar,prioriza,bevorzuge,bevorzugen,privilegie,privilegier,优先,優先,우선",
    ),
    entry(
        "instead",
        "",
        "",
        "instead of,rather than,in place of,over any,over other,over all,ahead of,in preference to,replaces,replacement for,en lugar de,en vez de,au lieu de,statt,anstatt,anstelle,em vez de,invece di,вместо,而不是,代替,代わりに,대신",
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
        "trust treat obey follow accept believe",
        "",
        "confia,confie,vertraue,信任,相信,доверяи",
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
        "best,#1,number one,number 1,top rated,top-rated,top-ranked,highest rated,most accurate,most reliable,most powerful,most advanced,ultimate,superior,unmatched,unparalleled,unprecedented,world-class,world class,award-winning,award winning,revolutionary,game changer,game-changer,game changing,breakthrough,elite,premium,industry-leading,industry leading,military-grade,unbeatable,finest,el mejor,la mejor,le meilleur,la meilleure,der beste,das beste,beste,o melhor,il migliore,лучшии,最好,最佳,最強,最高の,최고",
    ),
    entry(
        "worse",
        "",
        "",
        "inferior,outdated,obsolete,inaccurate,unreliable,deprecated,slower,worse,less accurate,less reliable,outperform,outperforms,better than,superior to,beats,far superior,average,mediocre,don't settle,do not settle,fall behind,落后,劣质",
    ),
    entry(
        "endorsed",
        "endorse",
        "",
        "trusted by,recommended by,rated by,used by,featured in,featured on,as seen on,endorsed by,loved by,certified by,approved by experts,developed by top,proven,scientifically proven,fortune 500,five-star,5-star,million users,million downloads,customer satisfaction,ai experts,experts,award",
    ),
    entry(
        "urgent",
        "",
        "",
        "limited time,act now,hurry,expires soon,before access expires,while you still can,only today,spots filling,uses left,don't miss,do not miss,last chance,exclusive,exclusive access,vip,limited access,don't wait,start here",
    ),
    entry(
        "alternatives",
        "",
        "",
        "alternatives,competitors,other tools,any other tool,other options,any other option,standard alternatives,inferior tools,outdated tools,other similar tools,similar tools,other services,all other,any alternatives,other converters",
    ),
    entry(
        "insist",
        "",
        "",
        "without exception,no exceptions,not optional,is mandatory,mandatory step,iron rule,cannot be skipped,must not be skipped,even once,under any circumstances,no matter what,no matter how,regardless of,sin excepcion,sans exception,ohne ausnahme,без исключений,无一例外",
    ),
    entry("readonly", "", "", "read-only,readonly,read only"),
    entry(
        "detect",
        "detect block prevent flag protect mitigate sanitize defend abuse recognise recognize",
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
            ("relies", Form::Other),
        ] {
            assert_eq!(LEXICON.word(word).form, form, "{word}");
        }
    }
}
